package io.kubehv.cni.linux;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import com.sun.jna.Platform;
import io.kubehv.cni.linux.libc.LinuxLibc;

/** bpf(2). */
final class BpfCall {
    /** More than what any kernel knows of union bpf_attr (linux/bpf.h) that we fill; the rest is zeros. */
    static final int ATTRIBUTE_BYTES = 128;

    private static final NativeLong NUMBER =
            new NativeLong(Platform.isARM() ? LinuxLibc.SYS_BPF_AARCH64 : LinuxLibc.SYS_BPF_X86_64);

    private BpfCall() {}

    /**
     * Makes the call; what it gives is a descriptor, or says nothing.
     *
     * @param attribute of {@link #ATTRIBUTE_BYTES}
     */
    static int run(int command, Memory attribute) throws LastErrorException {
        return LinuxLibc.INSTANCE
                .syscall(NUMBER, new NativeLong(command), attribute, new NativeLong(ATTRIBUTE_BYTES))
                .intValue();
    }
}
