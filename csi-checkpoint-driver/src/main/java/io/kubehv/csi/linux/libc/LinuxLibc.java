package io.kubehv.csi.linux.libc;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;

/**
 * The C library's functions that Java lacks and this driver needs. Constants cite the header they come from; layouts
 * are those of 64-bit Linux, which are the same on x86_64 and aarch64.
 */
public interface LinuxLibc extends Library {
    LinuxLibc INSTANCE = Native.load("c", LinuxLibc.class);

    /** asm-generic/errno-base.h. */
    int ENOENT = 2;

    int EBUSY = 16;
    int EINVAL = 22;
    int ENOSPC = 28;
    int ENXIO = 6;
    int EEXIST = 17;
    int EXDEV = 18;
    int ENOTTY = 25;

    /** asm-generic/errno.h. */
    int EOPNOTSUPP = 95;

    /** asm-generic/fcntl.h. */
    int O_RDONLY = 0;

    int O_RDWR = 2;
    int O_CLOEXEC = 0x80000;

    /** linux/fcntl.h. */
    int AT_FDCWD = -100;

    int AT_SYMLINK_NOFOLLOW = 0x100;

    /** linux/stat.h: everything that stat(2) gives. */
    int STATX_BASIC_STATS = 0x7ff;

    /** sys/stat.h. */
    int S_IFBLK = 0x6000;

    /** linux/mount.h. */
    long MS_RDONLY = 1;

    long MS_REMOUNT = 0x20;
    long MS_BIND = 0x1000;

    /** linux/fs.h: _IOW(0x94, 9, int). */
    long FICLONE = 0x40049409L;

    /** linux/fs.h: _IOW(0x94, 13, struct file_clone_range). */
    long FICLONERANGE = 0x4020940DL;

    /** linux/fs.h: _IOR('f', 1, long) and _IOW('f', 2, long); the kernel reads and writes an int. */
    long FS_IOC_GETFLAGS = 0x80086601L;

    long FS_IOC_SETFLAGS = 0x40086602L;
    int FS_IMMUTABLE_FL = 0x10;

    /** linux/fs.h: _IOWR('X', 119, int) and _IOWR('X', 120, int). */
    long FIFREEZE = 0xC0045877L;

    long FITHAW = 0xC0045878L;

    /** linux/fs.h. */
    int RENAME_EXCHANGE = 2;

    /** linux/fs.h: _IOWR('f', 11, struct fiemap). */
    long FS_IOC_FIEMAP = 0xC020660BL;

    /** linux/fiemap.h. */
    int FIEMAP_FLAG_SYNC = 1;

    int FIEMAP_EXTENT_LAST = 1;
    int FIEMAP_EXTENT_UNWRITTEN = 0x800;

    /** UNKNOWN, DELALLOC, ENCODED, DATA_ENCRYPTED, NOT_ALIGNED, DATA_INLINE, DATA_TAIL: equal places say nothing. */
    int FIEMAP_PLACE_IS_NO_TELL = 0x2 | 0x4 | 0x8 | 0x80 | 0x100 | 0x200 | 0x400;

    /** linux/loop.h. */
    long LOOP_CLR_FD = 0x4C01L;

    long LOOP_GET_STATUS64 = 0x4C05L;
    long LOOP_SET_CAPACITY = 0x4C07L;
    long LOOP_CONFIGURE = 0x4C0AL;
    long LOOP_CTL_GET_FREE = 0x4C82L;
    int LO_FLAGS_AUTOCLEAR = 4;
    int LO_FLAGS_DIRECT_IO = 16;

    /** linux/major.h. */
    int LOOP_MAJOR = 7;

    /** open(2): opens a file; the descriptor. */
    int open(String pathname, int flags, Object... mode) throws LastErrorException;

    /** close(2): closes a descriptor. */
    int close(int fd) throws LastErrorException;

    /** ioctl(2): controls a device or a file; mostly 0. */
    int ioctl(int fd, NativeLong request, Object... argument) throws LastErrorException;

    /** ftruncate(2): sets a file's length; off_t is a long on 64-bit Linux. */
    int ftruncate(int fd, long length) throws LastErrorException;

    /** fsync(2): writes out a file's data and metadata. */
    int fsync(int fd) throws LastErrorException;

    /** syncfs(2): writes out all that a file system has cached. */
    int syncfs(int fd) throws LastErrorException;

    /** statx(2): a file's status, in a struct statx of 256 bytes. */
    int statx(int dirfd, String pathname, int flags, int mask, Pointer statxbuf) throws LastErrorException;

    /** statvfs(3): a file system's space, in a struct statvfs of 112 bytes. */
    int statvfs(String path, Pointer buf) throws LastErrorException;

    /** mknod(2): makes a special file; dev is what makedev(3) gives. */
    int mknod(String pathname, int mode, long dev) throws LastErrorException;

    /** mount(2): mounts a file system, or changes a mount. */
    int mount(String source, String target, String filesystemtype, NativeLong mountflags, Pointer data)
            throws LastErrorException;

    /** renameat2(2): renames, with flags. */
    int renameat2(int olddirfd, String oldpath, int newdirfd, String newpath, int flags) throws LastErrorException;

    /** umount2(2): unmounts what is mounted at the target. */
    int umount2(String target, int flags) throws LastErrorException;
}
