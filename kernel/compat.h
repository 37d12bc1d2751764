/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that usbsi builds for, from 6.1 on.  Nothing
 * else knows about it.  Stable branches take helpers from later ones, so a
 * version says little: what is asked for is the thing itself, macros here and
 * functions in Kbuild.
 */
#ifndef USBSI_COMPAT_H
#define USBSI_COMPAT_H

#include <linux/cacheinfo.h>
#include <linux/mm.h>

/* vma->vm_flags is written through helpers since 6.3. */
static inline void usbsi_vma_flags(struct vm_area_struct *vma,
				   unsigned long set, unsigned long clear)
{
#ifdef USBSI_HAVE_VM_FLAGS_MOD
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

/*
 * On data caches that alias, a slot would be seen through stale lines: no ring
 * there.  Asking the cache came with 6.9; before, the architectures that are
 * known to be free of it are named.
 */
static inline bool usbsi_dcache_aliases(void)
{
#ifdef cpu_dcache_is_aliasing
	return cpu_dcache_is_aliasing();
#else
	return !(IS_ENABLED(CONFIG_X86) || IS_ENABLED(CONFIG_ARM64) ||
		 IS_ENABLED(CONFIG_PPC) || IS_ENABLED(CONFIG_S390) ||
		 IS_ENABLED(CONFIG_RISCV));
#endif
}

#endif /* USBSI_COMPAT_H */
