/*
 * Stands behind ports' taps in place of QEMU and measures what passes between them. One thread does both ends, so that what is
 * measured is the work of the way, however busy the machine is otherwise.
 *
 *   taps flow SECONDS SIZE WINDOW TO FROM...   what each FROM gets to TO, with at most WINDOW bytes of each under way
 *   taps ping SECONDS SIZE TO FROM             how long a frame takes there and back
 *
 * TO and FROM are NAMESPACE,DEVICE,MAC,IPV4. A frame has SIZE bytes with its Ethernet header; one of more than 1514 is a TCP
 * segment that the far end or the last queue cuts up, as guests send them. It prints "key value" lines, for
 * each FROM in turn.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define MOST 16
#define HEADER ((int) sizeof(struct virtio_net_hdr))
#define HEADERS 54 /* Ethernet, IPv4, TCP */
#define ORDINARY 1514
#define LOST_AFTER_NS 200000000LL

struct end {
	int fd;
	unsigned char mac[6];
	unsigned char ip[4];
	unsigned char frame[HEADER + 65536 + 14];
	int length;
	long long under_way, frames, bytes, lost;
};

static struct end to, from[MOST];
static int senders;
static int home;

static void die(const char *what)
{
	fprintf(stderr, "taps: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long long now(clockid_t clock)
{
	struct timespec time;
	clock_gettime(clock, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void open_end(struct end *end, char *text)
{
	char *namespace = strtok(text, ","), *device = strtok(NULL, ","), *mac = strtok(NULL, ","), *ip = strtok(NULL, ",");
	struct ifreq request = {0};
	if (!ip || sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &end->mac[0], &end->mac[1], &end->mac[2], &end->mac[3],
			&end->mac[4], &end->mac[5]) != 6 || inet_pton(AF_INET, ip, end->ip) != 1) {
		fprintf(stderr, "taps: an end is NAMESPACE,DEVICE,MAC,IPV4\n");
		exit(2);
	}
	int place = open(namespace, O_RDONLY | O_CLOEXEC);
	if (place < 0 || setns(place, CLONE_NEWNET))
		die(namespace);
	close(place);
	end->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (end->fd < 0)
		die("/dev/net/tun");
	snprintf(request.ifr_name, IFNAMSIZ, "%s", device);
	request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
	if (ioctl(end->fd, TUNSETIFF, &request))
		die(device);
	/* As QEMU for a guest with the usual virtio features. */
	if (ioctl(end->fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6))
		die("TUNSETOFFLOAD");
	if (setns(home, CLONE_NEWNET))
		die("back to the own namespace");
}

static uint16_t sum(const unsigned char *bytes, int length, uint32_t start)
{
	for (int i = 0; i + 1 < length; i += 2)
		start += bytes[i] << 8 | bytes[i + 1];
	while (start >> 16)
		start = (start & 0xffff) + (start >> 16);
	return (uint16_t) start;
}

static void put16(unsigned char *at, int value)
{
	at[0] = (unsigned char) (value >> 8);
	at[1] = (unsigned char) value;
}

/* A TCP segment whose checksum the receiving end may leave out, as between guests on one node. */
static void write_frame(struct end *end, const struct end *target, int size)
{
	struct virtio_net_hdr *header = (struct virtio_net_hdr *) end->frame;
	unsigned char *ethernet = end->frame + HEADER, *ip = ethernet + 14, *tcp = ip + 20;
	memset(end->frame, 0, sizeof end->frame);
	header->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	header->csum_start = 34;
	header->csum_offset = 16;
	header->hdr_len = HEADERS;
	if (size > ORDINARY) {
		header->gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
		/* What fits between nodes, where a frame gets headers in front. */
		header->gso_size = 1400;
	}
	memcpy(ethernet, target->mac, 6);
	memcpy(ethernet + 6, end->mac, 6);
	put16(ethernet + 12, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, size - 14);
	put16(ip + 6, 0x4000);
	ip[8] = 64;
	ip[9] = 6;
	memcpy(ip + 12, end->ip, 4);
	memcpy(ip + 16, target->ip, 4);
	put16(ip + 10, (uint16_t) ~sum(ip, 20, 0));
	put16(tcp, 5001);
	put16(tcp + 2, 5001);
	tcp[12] = 0x50;
	tcp[13] = 0x10;
	put16(tcp + 16, sum(ip + 12, 8, (uint32_t) (6 + size - 34)));
	end->length = HEADER + size;
}

static int send_frame(struct end *end)
{
	if (write(end->fd, end->frame, (size_t) end->length) < 0) {
		if (errno == EAGAIN || errno == ENOBUFS)
			return 0;
		die("write");
	}
	return 1;
}

/* The sender of a frame of ours, or -1; its bytes, and how many it has on a wire, where each segment has headers of its own. */
static int receive_frame(int fd, int *length, int *wire)
{
	static unsigned char frame[HEADER + 65536 + 14];
	ssize_t got = read(fd, frame, sizeof frame);
	if (got < 0) {
		if (errno == EAGAIN)
			return -2;
		die("read");
	}
	*length = (int) got - HEADER;
	*wire = *length;
	int size = ((struct virtio_net_hdr *) frame)->gso_size;
	if (size && *length > HEADERS + size)
		*wire += (*length - HEADERS - 1) / size * HEADERS;
	unsigned char *ethernet = frame + HEADER;
	if (*length < HEADERS || ethernet[12] != 8 || ethernet[13] || ethernet[23] != 6)
		return -1;
	for (int i = 0; i < senders; i++)
		if (!memcmp(ethernet + 6, from[i].mac, 6))
			return i;
	return memcmp(ethernet + 6, to.mac, 6) ? -1 : MOST;
}

static void wait_for(int fd, int milliseconds)
{
	struct pollfd one = {.fd = fd, .events = POLLIN};
	if (poll(&one, 1, milliseconds) < 0 && errno != EINTR)
		die("poll");
}

static void flow(double seconds, int size, long long window)
{
	int payload = size - HEADERS;
	/* What is let through at once at the beginning is no rate. */
	long long warm = (long long) (seconds * 0.25e9), start = now(CLOCK_MONOTONIC), last = start, cpu = 0, begun = 0;
	for (;;) {
		int moved = 0, sender, length, wire;
		long long time = now(CLOCK_MONOTONIC);
		if (!begun && time - start >= warm) {
			begun = time;
			cpu = now(CLOCK_PROCESS_CPUTIME_ID);
			for (int i = 0; i < senders; i++)
				from[i].frames = from[i].bytes = from[i].lost = 0;
		}
		if (begun && time - begun >= (long long) (seconds * 1e9)) {
			cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
			double wall = (double) (time - begun);
			for (int i = 0; i < senders; i++)
				printf("frames %lld\nbits_per_second %.0f\nframes_per_second %.0f\nlost %lld\n", from[i].frames,
				       (double) from[i].bytes * 8e9 / wall, (double) from[i].frames * 1e9 / wall, from[i].lost);
			printf("cpu_ns %lld\nwall_ns %.0f\n", cpu, wall);
			return;
		}
		for (int burst = 0; burst < 32; burst++)
			for (int i = 0; i < senders; i++)
				if (from[i].under_way + payload <= window && send_frame(&from[i])) {
					from[i].under_way += payload;
					moved = 1;
				}
		while ((sender = receive_frame(to.fd, &length, &wire)) != -2)
			if (sender >= 0 && sender < senders) {
				from[sender].under_way -= length - HEADERS;
				from[sender].frames++;
				from[sender].bytes += wire;
				moved = 1;
			}
		if (moved) {
			last = time;
		} else if (time - last > LOST_AFTER_NS) {
			for (int i = 0; i < senders; i++) {
				from[i].lost += (from[i].under_way + payload - 1) / payload;
				from[i].under_way = 0;
			}
			last = time;
		} else {
			wait_for(to.fd, 1);
		}
	}
}

static int compare(const void *one, const void *other)
{
	long long a = *(const long long *) one, b = *(const long long *) other;
	return a < b ? -1 : a > b;
}

static int passes(struct end *sender, int fd)
{
	int length, wire, who;
	long long deadline = now(CLOCK_MONOTONIC) + LOST_AFTER_NS;
	send_frame(sender);
	do {
		who = receive_frame(fd, &length, &wire);
		if (who == -2)
			wait_for(fd, 1);
	} while (who < 0 && now(CLOCK_MONOTONIC) < deadline);
	return who >= 0;
}

static void ping(double seconds)
{
	static long long times[1 << 20];
	int count = 0, lost = 0;
	long long start = now(CLOCK_MONOTONIC), end = start + (long long) (seconds * 1e9), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	while (now(CLOCK_MONOTONIC) < end && count < 1 << 20) {
		long long sent = now(CLOCK_MONOTONIC);
		if (passes(&from[0], to.fd) && passes(&to, from[0].fd))
			times[count++] = now(CLOCK_MONOTONIC) - sent;
		else
			lost++;
	}
	cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	qsort(times, (size_t) count, sizeof *times, compare);
	printf("round_trips %d\nlost %d\n", count, lost);
	if (count)
		printf("p50_ns %lld\np95_ns %lld\nmin_ns %lld\n", times[count / 2], times[count * 95 / 100], times[0]);
	printf("cpu_ns %lld\n", cpu);
}

int main(int count, char **arguments)
{
	int is_flow = count > 1 && !strcmp(arguments[1], "flow");
	int first = is_flow ? 5 : 4;
	if (count < first + 2 || count > first + 1 + MOST || (!is_flow && strcmp(arguments[1], "ping"))) {
		fprintf(stderr, "usage: taps flow SECONDS SIZE WINDOW TO FROM... | ping SECONDS SIZE TO FROM\n");
		return 2;
	}
	double seconds = atof(arguments[2]);
	int size = atoi(arguments[3]);
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0)
		die("/proc/self/ns/net");
	open_end(&to, arguments[first]);
	for (int i = first + 1; i < count; i++)
		open_end(&from[senders++], arguments[i]);
	for (int i = 0; i < senders; i++)
		write_frame(&from[i], &to, size);
	write_frame(&to, &from[0], size);
	/* An answer tells the switch where the other is, where that is learnt. */
	send_frame(&to);
	if (is_flow)
		flow(seconds, size, atoll(arguments[4]));
	else
		ping(seconds);
	return 0;
}
