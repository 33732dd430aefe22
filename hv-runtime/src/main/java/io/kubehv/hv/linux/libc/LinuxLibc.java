package io.kubehv.hv.linux.libc;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import java.util.Map;

/** The C library's calls that KubeHV makes; x86-64. Each throws {@link LastErrorException} with the errno of this very call. */
public interface LinuxLibc extends Library {
    /** The one instance. */
    LinuxLibc INSTANCE = Native.load("c", LinuxLibc.class, Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));

    /** bits/sigaction.h. */
    int SIG_SETMASK = 2;
    /** bits/signum-arch.h. */
    int SIGHUP = 1;
    /** bits/signum-arch.h. */
    int SIGINT = 2;
    /** bits/signum-generic.h. */
    int SIGTERM = 15;

    /** bits/fcntl-linux.h. */
    int F_SETFD = 2;
    /** bits/fcntl-linux.h. */
    int FD_CLOEXEC = 1;
    /** bits/fcntl-linux.h. */
    int O_RDONLY = 0;
    /** bits/fcntl-linux.h. */
    int O_RDWR = 2;
    /** bits/fcntl-linux.h. */
    int O_DIRECT = 0x4000;
    /** bits/fcntl-linux.h. */
    int O_CLOEXEC = 0x80000;
    /** bits/fcntl-linux.h. */
    int O_NOFOLLOW = 0x20000;
    /** bits/fcntl-linux.h. */
    int O_PATH = 0x200000;

    /** bits/mman-linux.h. */
    int PROT_READ = 0x1;
    /** bits/mman-linux.h. */
    int PROT_WRITE = 0x2;
    /** bits/mman-linux.h. */
    int MAP_SHARED = 0x1;
    /** bits/mman-linux.h. */
    int MAP_PRIVATE = 0x2;
    /** bits/mman-map-flags-generic.h. */
    int MAP_ANONYMOUS = 0x20;

    /** bits/socket.h. */
    int AF_UNIX = 1;
    /** bits/socket_type.h. */
    int SOCK_STREAM = 1;
    /** bits/socket_type.h. */
    int SOCK_CLOEXEC = 0x80000;
    /** bits/socket.h. */
    int MSG_NOSIGNAL = 0x4000;
    /** bits/socket.h. */
    int SCM_RIGHTS = 1;
    /** asm-generic/socket.h. */
    int SOL_SOCKET = 1;
    /** asm-generic/socket.h. */
    int SO_RCVTIMEO = 20;
    /** asm-generic/socket.h. */
    int SO_SNDTIMEO = 21;

    /** execve(2): executes a program in place of this process; returns only when it fails. */
    int execve(String pathname, String[] argv, String[] envp) throws LastErrorException;

    /** sigprocmask(2): the calling thread's blocked signals; {@code set} is a sigset_t of 128 bytes. */
    int sigprocmask(int how, Pointer set, Pointer oldset) throws LastErrorException;

    /** fcntl(2). */
    int fcntl(int fd, int op, Object... arg) throws LastErrorException;

    /** open(2). */
    int open(String pathname, int flags, Object... mode) throws LastErrorException;

    /** close(2). */
    int close(int fd) throws LastErrorException;

    /** ioctl(2): controls a device; for KVM the result is a value or a new file descriptor. */
    int ioctl(int fd, NativeLong request, Object... argument) throws LastErrorException;

    /** mmap(2): maps files or memory; the error is MAP_FAILED, (void *) -1, which JNA does not see as one. */
    Pointer mmap(Pointer addr, NativeLong length, int prot, int flags, int fd, NativeLong offset)
            throws LastErrorException;

    /** munmap(2): removes a mapping. */
    int munmap(Pointer addr, NativeLong length) throws LastErrorException;

    /** socket(2): makes an endpoint. */
    int socket(int domain, int type, int protocol) throws LastErrorException;

    /** connect(2); {@code addr} is a sockaddr_un. */
    int connect(int sockfd, Pointer addr, int addrlen) throws LastErrorException;

    /** setsockopt(2). */
    int setsockopt(int sockfd, int level, int optname, Pointer optval, int optlen) throws LastErrorException;

    /** sendmsg(2); {@code msg} is a msghdr. Returns how many bytes were sent. */
    NativeLong sendmsg(int sockfd, Pointer msg, int flags) throws LastErrorException;

    /** read(2); returns how many bytes were read, 0 at the end. */
    NativeLong read(int fd, Pointer buf, NativeLong count) throws LastErrorException;
}
