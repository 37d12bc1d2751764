/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that usbsi builds for, from 6.1 on.  Nothing
 * else knows about versions.  Stable branches take helpers from later ones, so
 * a version says little: ask for the thing itself wherever that is possible.
 */
#ifndef USBSI_COMPAT_H
#define USBSI_COMPAT_H

#include <linux/mm.h>
#include <linux/version.h>
#include <linux/cacheinfo.h>

/* vma->vm_flags is written through helpers since 6.3. */
static inline void usbsi_vma_flags(struct vm_area_struct *vma,
				   unsigned long set, unsigned long clear)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
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
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
	return cpu_dcache_is_aliasing();
#else
	return !(IS_ENABLED(CONFIG_X86) || IS_ENABLED(CONFIG_ARM64) ||
		 IS_ENABLED(CONFIG_PPC) || IS_ENABLED(CONFIG_S390) ||
		 IS_ENABLED(CONFIG_RISCV));
#endif
}

#endif /* USBSI_COMPAT_H */
