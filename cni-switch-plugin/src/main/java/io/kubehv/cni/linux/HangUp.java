package io.kubehv.cni.linux;

import io.kubehv.cni.linux.libc.LinuxLibc;

/** The signal by which a program is told to read its files anew, which Java can't send. */
public final class HangUp {
    private HangUp() {}

    /** Sends it; the process is a child that has not been waited for, so its number is nobody else's. */
    public static void send(Process process) throws LinuxException {
        int pid = Math.toIntExact(process.pid());
        Descriptor.checked("kill " + pid, () -> LinuxLibc.INSTANCE.kill(pid, LinuxLibc.SIGHUP));
    }
}
