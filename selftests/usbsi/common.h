/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of /dev/usbsiN share.
 *
 * All tests of a run use one script device (tools/vdev), told by the socket
 * $USBSI_VDEV what to do.  Every function returns a negative errno on failure.
 */
#ifndef USBSI_SELFTEST_COMMON_H
#define USBSI_SELFTEST_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/usb/usbsi.h>
#include <sys/types.h>

#define MS		1000000ULL
#define NODE_LENGTH	64

/* Under emulation everything but a sleep may take long: what may come late */
#define LATE_MS		900

/* vdev.c: the device under the driver */
int vdev_connect(void);
int vdev_command(const char *format, ...) __attribute__((format(printf, 1, 2)));
int vdev_send(const char *format, ...) __attribute__((format(printf, 1, 2)));
int vdev_answer(void);
long long vdev_status(const char *key);
int vdev_status_text(const char *key, char *text, size_t size);
int vdev_start(void);
void vdev_reconnect(void);

/* node.c: the node, and the calls on it */
int node_path(char *path, size_t size);
int node_wait(bool present);
int node_open(int flags);
int node_data(void);
int set_mode(int fd, unsigned int mode);
int lock_until(int fd, uint64_t deadline_ns);
int lock_try(int fd);
int unlock(int fd);
int set_timeouts(int fd, unsigned int read_ms, unsigned int write_ms);
int clear_halt(int fd, unsigned int endpoint);
int abort_calls(int fd, unsigned int flags);
int get_info(int fd, struct usbsi_info *info);
int subscribe(int fd, uint64_t mask, unsigned int from, uint64_t seq, unsigned int flags);
int post_event(int fd, const void *data, size_t length, uint64_t *seq);
int event_next(int fd, struct usbsi_event *event, int timeout_ms);
ssize_t xread(int fd, void *data, size_t size);
ssize_t xwrite(int fd, const void *data, size_t size);
int xioctl(int fd, unsigned long request, void *arg);

/* time and processes */
uint64_t now_ns(void);
unsigned int since_ms(uint64_t start_ns);
void sleep_ms(unsigned int ms);
int poll_events(int fd, short events, int timeout_ms);
pid_t fork_child(void);
int wait_child(pid_t pid, unsigned int timeout_ms);

#endif /* USBSI_SELFTEST_COMMON_H */
