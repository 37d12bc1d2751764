// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmap() of a band ring.
 *
 * A mapping has a file of its own behind it, which holds the ring and nothing
 * else: were it the device's file, close() would not get through to it, and data
 * mode and lock would stay taken, until the ring is unmapped as well.  So a mapping
 * stays readable whatever becomes of the ring, the file and the device;
 * splitting, moving and forking it is harmless.
 *
 * Pages are put into the mapping at once and again on a fault, where the
 * program threw them away itself.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "compat.h"
#include "ring.h"
#include "usbsi.h"

/**
 * struct usbsi_region - a part of the ring that can be mapped
 * @offset: page offset for mmap()
 * @first: index of its first page in usbsi_ring.pages
 * @pages: number of pages
 */
struct usbsi_region {
	unsigned long	offset;
	unsigned long	first;
	unsigned long	pages;
};

static struct usbsi_region usbsi_region(const struct usbsi_ring *ring, unsigned long offset)
{
	struct usbsi_region region = { 0, 0, ring->data_pages };

	if (offset >= USBSI_MMAP_USER >> PAGE_SHIFT) {
		region.offset = USBSI_MMAP_USER >> PAGE_SHIFT;
		region.first = ring->data_pages + ring->kernel_pages;
		region.pages = 1;
	} else if (offset >= USBSI_MMAP_KERNEL >> PAGE_SHIFT) {
		region.offset = USBSI_MMAP_KERNEL >> PAGE_SHIFT;
		region.first = ring->data_pages;
		region.pages = ring->kernel_pages;
	}
	return region;
}

static vm_fault_t usbsi_vma_fault(struct vm_fault *vmf)
{
	struct usbsi_ring *ring = vmf->vma->vm_private_data;
	struct usbsi_region region = usbsi_region(ring, vmf->pgoff);
	unsigned long page = vmf->pgoff - region.offset;

	if (page >= region.pages)
		return VM_FAULT_SIGBUS;
	vmf->page = ring->pages[region.first + page];
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct usbsi_vm_ops = {
	.fault	= usbsi_vma_fault,
};

static int usbsi_mapping_release(struct inode *inode, struct file *filp)
{
	usbsi_ring_put(filp->private_data);
	return 0;
}

static const struct file_operations usbsi_mapping_fops = {
	.owner		= THIS_MODULE,
	.release	= usbsi_mapping_release,
};

static int usbsi_map(struct usbsi_ring *ring, struct vm_area_struct *vma)
{
	struct usbsi_region region = usbsi_region(ring, vma->vm_pgoff);
	unsigned long page = vma->vm_pgoff - region.offset;
	bool writable = region.offset == USBSI_MMAP_USER >> PAGE_SHIFT;

	if (!(vma->vm_flags & VM_SHARED) || vma->vm_flags & VM_EXEC)
		return -EINVAL;
	if (!writable && vma->vm_flags & VM_WRITE)
		return -EACCES;
	if (page >= region.pages || vma_pages(vma) > region.pages - page)
		return -EINVAL;

	usbsi_vma_flags(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_DONTCOPY,
			VM_MAYEXEC | (writable ? 0 : VM_MAYWRITE));
	return vm_map_pages_zero(vma, ring->pages + region.first + page, vma_pages(vma));
}

/**
 * usbsi_mmap() - map a part of the file's ring
 * @filp: the file
 * @vma: MAP_SHARED; not writable but for USBSI_MMAP_USER
 *
 * Context: Process context, mmap_lock held for writing.
 * Return: 0; -ENXIO without a ring, -EINVAL, -EACCES, -ENOMEM.
 */
int usbsi_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct usbsi_file *file = filp->private_data;
	struct usbsi_ring *ring;
	struct file *mapping;
	int ret;

	mutex_lock(&file->ring_mutex);
	ring = file->ring;
	if (ring)
		kref_get(&ring->ref);
	mutex_unlock(&file->ring_mutex);
	if (!ring)
		return -ENXIO;

	mapping = anon_inode_getfile("[usbsi-ring]", &usbsi_mapping_fops, ring, O_RDWR);
	if (IS_ERR(mapping)) {
		usbsi_ring_put(ring);
		return PTR_ERR(mapping);
	}
	ret = usbsi_map(ring, vma);
	if (!ret) {
		vma->vm_private_data = ring;
		vma->vm_ops = &usbsi_vm_ops;
		vma_set_file(vma, mapping);
	}
	fput(mapping);
	return ret;
}
