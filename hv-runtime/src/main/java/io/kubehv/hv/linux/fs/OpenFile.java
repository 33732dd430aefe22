package io.kubehv.hv.linux.fs;

import io.kubehv.hv.linux.SyscallException;
import io.kubehv.hv.linux.libc.LibcCalls;
import io.kubehv.hv.linux.libc.LinuxLibc;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A regular file in a directory that somebody else can write to, opened to be handed to another process. A link, a pipe or
 * anything else in its place is refused, and can't be put there between the look and the opening.
 */
public final class OpenFile implements AutoCloseable {
    /** sys/stat.h: the bits of a mode that say what a file is, and what they are for a regular file. */
    private static final int S_IFMT = 0xF000;

    private static final int S_IFREG = 0x8000;

    private final int descriptor;
    private final boolean direct;

    private OpenFile(int descriptor, boolean direct) {
        this.descriptor = descriptor;
        this.direct = direct;
    }

    /**
     * Opens the file.
     *
     * @throws FileSystemException when it is no regular file
     * @throws SyscallException when it isn't there or can't be opened
     */
    public static OpenFile of(Path path, boolean readOnly) throws IOException {
        int held = LibcCalls.open(path.toString(), LinuxLibc.O_PATH | LinuxLibc.O_NOFOLLOW | LinuxLibc.O_CLOEXEC);
        try {
            Path same = Path.of("/proc/self/fd/" + held);
            int mode = (Integer) Files.getAttribute(same, "unix:mode");
            if ((mode & S_IFMT) != S_IFREG) {
                throw new FileSystemException(path.toString(), null, "is not a regular file");
            }
            boolean direct = DirectAccess.isTaken(same);
            int access = readOnly ? LinuxLibc.O_RDONLY : LinuxLibc.O_RDWR;
            int flags = access | LinuxLibc.O_CLOEXEC | (direct ? LinuxLibc.O_DIRECT : 0);
            return new OpenFile(LibcCalls.open(same.toString(), flags), direct);
        } finally {
            LibcCalls.close(held);
        }
    }

    /**
     * Whether it is read and written past the kernel's page cache, as where its file system takes that: QEMU uses a file
     * that it is handed in just the way it was opened.
     */
    public boolean isDirect() {
        return direct;
    }

    int descriptor() {
        return descriptor;
    }

    @Override
    public void close() throws SyscallException {
        LibcCalls.close(descriptor);
    }
}
