package io.kubehv.hv.linux.kvm;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;

/** The functions of the C library that KVM is driven with. Each throws with errno when the C function returns -1. */
interface KvmLibc extends Library {
    KvmLibc INSTANCE = Native.load("c", KvmLibc.class);

    /** {@code fcntl.h}; asm-generic/fcntl.h. */
    int O_RDWR = 0x2;

    int O_CLOEXEC = 0x80000;

    /** {@code sys/mman.h}; asm-generic/mman-common.h. */
    int PROT_READ = 0x1;

    int PROT_WRITE = 0x2;
    int MAP_SHARED = 0x1;
    int MAP_PRIVATE = 0x2;
    int MAP_ANONYMOUS = 0x20;

    /** {@code errno.h}; asm-generic/errno-base.h. */
    int EPERM = 1;

    int ENOENT = 2;
    int EINTR = 4;
    int ENXIO = 6;
    int EACCES = 13;
    int ENODEV = 19;

    /** open(2): opens a file. */
    int open(String pathname, int flags, Object... mode) throws LastErrorException;

    /** close(2): closes a file descriptor. */
    int close(int fd) throws LastErrorException;

    /** ioctl(2): controls a device; for KVM the result is a value or a new file descriptor. */
    int ioctl(int fd, NativeLong request, Object... argument) throws LastErrorException;

    /** mmap(2): maps files or memory; the error is MAP_FAILED, (void *) -1, which JNA does not see as one. */
    Pointer mmap(Pointer addr, NativeLong length, int prot, int flags, int fd, NativeLong offset)
            throws LastErrorException;

    /** munmap(2): removes a mapping. */
    int munmap(Pointer addr, NativeLong length) throws LastErrorException;
}
