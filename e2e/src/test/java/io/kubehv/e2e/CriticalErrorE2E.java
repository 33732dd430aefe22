package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.VirtualMachineState;
import org.junit.jupiter.api.Test;

/** A disk whose volume is full. */
@OnCluster
class CriticalErrorE2E {
    @Test
    void a_full_disk_stops_the_guest_which_goes_on_when_there_is_room(Laboratory laboratory) {
        Machine full = fill(laboratory, "30m");

        laboratory.inContainer("filler", "rm", "/disk/filler");
        full.awaitState(VirtualMachineState.RUNNING);
        full.awaitReady("True", "Running");
        assertThat(full.run("sync && echo written")).isEqualTo("written");
        laboratory
                .await("no more of a full disk", Laboratory.SOON)
                .until(() -> full.get().getStatus().conditions().stream()
                        .noneMatch(condition -> condition.getType().equals("CriticalError")));
    }

    @Test
    void a_disk_that_stays_full_turns_the_vm_off_and_it_says_why(Laboratory laboratory) {
        Machine full = fill(laboratory, "15s");

        full.awaitState(VirtualMachineState.OFF);
        full.awaitReady("False", "CriticalErrorTimedOut");
        assertThat(full.conditionMessage("Ready")).contains("free room").contains("kubehv.io/restarted-at");
    }

    /** A VM that has written more to its second disk than the disk's volume has room for, and stands still. */
    private static Machine fill(Laboratory laboratory, String timeout) {
        laboratory.apply("""
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata:
                  name: small
                spec:
                  accessModes: [ReadWriteOnce]
                  resources: {requests: {storage: 400Mi}}
                """);
        laboratory.containerWith("filler", "small", "sleep", "3600");
        laboratory.inContainer(
                "filler",
                "sh",
                "-c",
                "truncate -s 300M /disk/disk.img && chown 107:107 /disk/disk.img && chmod 660 /disk/disk.img"
                        + " && free=$(df -k /disk | tail -n 1 | awk '{print $4}')"
                        + " && head -c $((free - 20480))K /dev/zero > /disk/filler; sync");
        laboratory.apply(Manifests.tiny("full", 1, """
                  criticalErrorAction: {timeout: %s}
                """.formatted(timeout))
                .replace("  networkAdapters:", """
                  - name: data
                    persistentVolumeClaim: small
                  networkAdapters:""".stripLeading().indent(2).stripTrailing()));
        Machine full = laboratory.machine("full");
        full.awaitGuest();
        full.run(
                "setsid sh -c 'yes | dd of=/data/fill bs=1M count=120 iflag=fullblock; sync' < /dev/null > /dev/null 2>&1 &");
        full.awaitState(VirtualMachineState.CRITICAL);
        full.awaitCondition("CriticalError", "True", "DiskFull");
        return full;
    }
}
