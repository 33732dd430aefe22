package io.kubehv.csi.linux;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import io.kubehv.csi.linux.libc.LinuxLibc;
import java.nio.file.Path;

/** A descriptor of our own, for what Java's channels can't do. Close it; not for several threads at once. */
final class OpenFile implements AutoCloseable {
    /** linux/fs.h: struct file_clone_range. */
    private static final int CLONE_RANGE_BYTES = 32;

    private final int descriptor;
    private final Path path;

    private OpenFile(int descriptor, Path path) {
        this.descriptor = descriptor;
        this.path = path;
    }

    static OpenFile forReading(Path path) throws SystemCallException {
        return open(path, LinuxLibc.O_RDONLY);
    }

    static OpenFile forReadingAndWriting(Path path) throws SystemCallException {
        return open(path, LinuxLibc.O_RDWR);
    }

    private static OpenFile open(Path path, int flags) throws SystemCallException {
        try {
            return new OpenFile(LinuxLibc.INSTANCE.open(path.toString(), flags | LinuxLibc.O_CLOEXEC), path);
        } catch (LastErrorException e) {
            throw new SystemCallException("open " + path, e);
        }
    }

    int descriptor() {
        return descriptor;
    }

    /** An ioctl whose argument is a number. */
    int control(String name, long request, int argument) throws SystemCallException {
        try {
            return LinuxLibc.INSTANCE.ioctl(descriptor, new NativeLong(request), argument);
        } catch (LastErrorException e) {
            throw new SystemCallException(name + " " + path, e);
        }
    }

    /** An ioctl whose argument is a structure. */
    int control(String name, long request, Memory argument) throws SystemCallException {
        try {
            return LinuxLibc.INSTANCE.ioctl(descriptor, new NativeLong(request), argument);
        } catch (LastErrorException e) {
            throw new SystemCallException(name + " " + path, e);
        }
    }

    /** Makes this file share a part of another's blocks, at the same place in it; FICLONERANGE in ioctl_ficlonerange(2). */
    void cloneRange(OpenFile from, long offset, long length) throws SystemCallException {
        try (Memory range = new Memory(CLONE_RANGE_BYTES)) {
            range.setLong(0, from.descriptor);
            range.setLong(8, offset);
            range.setLong(16, length);
            range.setLong(24, offset);
            control("FICLONERANGE", LinuxLibc.FICLONERANGE, range);
        }
    }

    /** Sets the file's length. */
    void truncate(long bytes) throws SystemCallException {
        try {
            LinuxLibc.INSTANCE.ftruncate(descriptor, bytes);
        } catch (LastErrorException e) {
            throw new SystemCallException("ftruncate " + path, e);
        }
    }

    /** Writes out what is in memory of the file or device. */
    void sync() throws SystemCallException {
        try {
            LinuxLibc.INSTANCE.fsync(descriptor);
        } catch (LastErrorException e) {
            throw new SystemCallException("fsync " + path, e);
        }
    }

    /** Writes out all that the file's file system holds in memory. */
    void syncFileSystem() throws SystemCallException {
        try {
            LinuxLibc.INSTANCE.syncfs(descriptor);
        } catch (LastErrorException e) {
            throw new SystemCallException("syncfs " + path, e);
        }
    }

    @Override
    public void close() throws SystemCallException {
        try {
            LinuxLibc.INSTANCE.close(descriptor);
        } catch (LastErrorException e) {
            throw new SystemCallException("close " + path, e);
        }
    }
}
