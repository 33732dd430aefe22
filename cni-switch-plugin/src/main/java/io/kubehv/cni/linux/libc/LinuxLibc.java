package io.kubehv.cni.linux.libc;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;

/**
 * The C library's functions that Java lacks and the switches need. Constants cite the header they come from; layouts are
 * those of 64-bit Linux, which are the same on x86_64 and aarch64.
 */
public interface LinuxLibc extends Library {
    LinuxLibc INSTANCE = Native.load("c", LinuxLibc.class);

    /** asm-generic/signal.h. */
    int SIGHUP = 1;

    /** asm-generic/fcntl.h. */
    int O_RDONLY = 0;

    int O_RDWR = 2;
    int O_CLOEXEC = 0x80000;

    /** linux/sched.h. */
    int CLONE_NEWNET = 0x40000000;

    /** bits/socket.h. */
    int AF_NETLINK = 16;

    int AF_INET = 2;

    int SOCK_DGRAM = 2;
    int SOCK_RAW = 3;
    int SOCK_CLOEXEC = 0x80000;

    /** asm-generic/socket.h. */
    int SOL_SOCKET = 1;

    int SO_SNDBUF = 7;
    int SO_RCVBUF = 8;
    int SO_RCVTIMEO = 20;

    /** linux/netlink.h: setsockopt(2)'s level and options. */
    int SOL_NETLINK = 270;

    int NETLINK_EXT_ACK = 11;
    int NETLINK_GET_STRICT_CHK = 12;

    /** linux/if_tun.h: _IOW('T', 202 to 204, int). */
    long TUNSETIFF = 0x400454CAL;

    long TUNSETPERSIST = 0x400454CBL;
    long TUNSETOWNER = 0x400454CCL;
    int IFF_TAP = 0x0002;
    int IFF_NO_PI = 0x1000;
    int IFF_VNET_HDR = 0x4000;
    int IFF_MULTI_QUEUE = 0x0100;

    /** linux/sockios.h. */
    long SIOCETHTOOL = 0x8946;

    /** linux/bpf.h: bpf_cmd. */
    int BPF_MAP_CREATE = 0;

    int BPF_MAP_UPDATE_ELEM = 2;
    int BPF_MAP_DELETE_ELEM = 3;
    int BPF_PROG_LOAD = 5;

    /** linux/bpf.h: bpf_map_type, and a flag of maps. */
    int BPF_MAP_TYPE_HASH = 1;

    int BPF_MAP_TYPE_DEVMAP_HASH = 25;
    int BPF_F_NO_PREALLOC = 1;

    /** linux/bpf.h: bpf_prog_type. */
    int BPF_PROG_TYPE_SCHED_CLS = 3;

    /** asm/unistd_64.h and asm-generic/unistd.h. */
    long SYS_BPF_X86_64 = 321;

    long SYS_BPF_AARCH64 = 280;

    /** open(2): opens a file; the descriptor. */
    int open(String pathname, int flags, Object... mode) throws LastErrorException;

    /** close(2): closes a descriptor. */
    int close(int fd) throws LastErrorException;

    /** ioctl(2): controls a device; mostly 0. */
    int ioctl(int fd, NativeLong request, Object... argument) throws LastErrorException;

    /** setns(2): moves the calling thread to a namespace. */
    int setns(int fd, int nstype) throws LastErrorException;

    /** socket(2): makes an endpoint. */
    int socket(int domain, int type, int protocol) throws LastErrorException;

    /** bind(2); {@code addr} is a sockaddr_nl. */
    int bind(int sockfd, Pointer addr, int addrlen) throws LastErrorException;

    /** setsockopt(2). */
    int setsockopt(int sockfd, int level, int optname, Pointer optval, int optlen) throws LastErrorException;

    /** send(2); returns how many bytes were sent. */
    NativeLong send(int sockfd, Pointer buf, NativeLong len, int flags) throws LastErrorException;

    /** recv(2); returns how many bytes came. */
    NativeLong recv(int sockfd, Pointer buf, NativeLong len, int flags) throws LastErrorException;

    /** kill(2): sends a signal to a process. */
    int kill(int pid, int sig) throws LastErrorException;

    /** bpf(2) and others without a function in the C library: syscall(2). */
    NativeLong syscall(NativeLong number, Object... arguments) throws LastErrorException;
}
