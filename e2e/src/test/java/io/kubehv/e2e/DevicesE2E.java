package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The devices of the settings page, as the guest sees them. */
@OnCluster
class DevicesE2E {
    @Test
    void generation_1_has_ide_disks_a_dvd_drive_and_a_clock_of_its_own(Laboratory laboratory) {
        laboratory.apply(Manifests.tinyDisk("root"));
        laboratory.apply(Manifests.tinyDisk("medium"));
        laboratory.apply("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata:
                  name: old
                spec:
                  generation: 1
                  memory: {startup: 256Mi}
                  processor: {count: 4, sockets: 2, threadsPerCore: 2, numaNodes: 2}
                  disks:
                  - {name: root, virtualHardDisk: root, bus: IDE}
                  - {name: fast, bus: Virtio, template: {size: 16Mi, blank: {}}}
                  - {name: plain, template: {size: 32Mi, blank: {}}}
                  dvdDrives:
                  - {name: dvd0, virtualHardDisk: medium}
                  - {name: dvd1}
                  networkAdapters:
                  - {name: lan, ports: [{name: http, port: 80}]}
                  comPorts: [{number: 2, port: 5555}]
                  watchdog: {action: Reset}
                  video: {horizontalResolution: 1280, verticalResolution: 800}
                  clock: {timeZone: Asia/Kolkata}
                """);
        Machine old = laboratory.machine("old");
        old.awaitGuest();

        String block = old.run("ls -l /sys/class/block");
        assertThat(block).containsPattern("ata\\d.*/block/sd[ab]\\b").containsPattern("virtio\\d.*/block/vda\\b");
        assertThat(old.run("cat /sys/class/block/vda/serial")).isEqualTo("fast");
        assertThat(old.run("for d in /sys/class/block/sd?; do echo $(($(cat $d/size) * 512)); done"))
                .contains("" + 32 * 1024 * 1024);
        assertThat(old.run("ls -d /sys/class/block/sr*").lines()).hasSize(2);
        assertThat(old.run("cat /sys/class/block/sr?/size")).contains("" + 128 * 1024 * 1024 / 512);

        assertThat(old.run("grep 'physical id' /proc/cpuinfo | sort -u").lines())
                .as("sockets")
                .hasSize(2);
        assertThat(old.run("grep -m 1 siblings /proc/cpuinfo | tr -dc 0-9")).isEqualTo("2");
        assertThat(old.run("ls -d /sys/devices/system/node/node?").lines()).hasSize(2);

        long guest = Long.parseLong(old.run("date +%s"));
        assertThat(guest - Instant.now().getEpochSecond())
                .as("seconds that the guest's clock is ahead, as it takes local time for UTC")
                .isBetween(19_800L - 30, 19_800L + 30);

        // In a session of its own: what a request of the guest's web server starts ends with it.
        old.run(
                "setsid sh -c 'while true; do sleep 1; echo from-com2 > /dev/ttyS1; done' < /dev/null > /dev/null 2>&1 &");
        // QEMU hangs up on a client that has ended its own half.
        assertThat(laboratory.inContainer("old", "sh", "-c", "(sleep 8 | busybox nc 127.0.0.1 5555) || true"))
                .contains("from-com2");

        old.run("watchdog -t 1 -T 2 /dev/watchdog && sleep 2 && kill -9 $(pidof watchdog)");
        laboratory
                .await("a second boot, by the watchdog", Laboratory.BOOT)
                .until(() -> old.console().split("tiny: booted", -1).length == 3);
    }

    @Test
    void the_firmware_boots_what_comes_first_in_its_order_and_does_so_again(Laboratory laboratory) {
        laboratory.apply(Manifests.tinyDisk("a"));
        laboratory.apply(Manifests.tinyDisk("b"));
        laboratory.apply("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata:
                  name: ordered
                spec:
                  memory: {startup: 256Mi}
                  firmware:
                    bootOrder: [second, first]
                  disks:
                  - {name: first, virtualHardDisk: a}
                  - {name: second, virtualHardDisk: b}
                """);
        Machine ordered = laboratory.machine("ordered");
        ordered.awaitBooted();
        assertThat(ordered.console()).containsPattern("BdsDxe: starting Boot.* from .*Scsi\\(0x1,0x0\\)");

        ordered.power(PowerState.OFF);
        ordered.awaitState(VirtualMachineState.OFF);
        ordered.power(PowerState.RUNNING);
        ordered.awaitBooted();
        assertThat(ordered.console()).containsPattern("BdsDxe: starting Boot.* from .*Scsi\\(0x1,0x0\\)");
    }

    @Test
    void a_disks_limit_counts_eight_kibibytes_as_one_request(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("slow", 1)
                .replace("  networkAdapters:", """
                  - name: data
                    template: {size: 16Mi, blank: {}}
                    qos: {maximumIOPS: 50}
                  networkAdapters:""".stripLeading().indent(2).stripTrailing()));
        Machine slow = laboratory.machine("slow");
        slow.awaitGuest();

        // The last disk that is not mounted: the guest itself takes the first blank one for its data.
        Duration one = timed(slow, 64);
        Duration eight = timed(slow, 8 * 64);

        assertThat(eight)
                .as("8 times the bytes at 50 requests of 8 KiB a second; 64 KiB took %s", one)
                .isGreaterThan(Duration.ofSeconds(6))
                .isLessThan(Duration.ofSeconds(30));
        assertThat(one).isLessThan(Duration.ofSeconds(5));
    }

    /** How long the guest takes to write so many times 8 KiB through to the limited disk. */
    private static Duration timed(Machine machine, int requests) {
        String times = machine.run("umount /data 2>/dev/null; cut -d' ' -f1 /proc/uptime;"
                + " yes | dd of=/dev/sdb bs=8k iflag=fullblock count=" + requests
                + " conv=fsync 2>/dev/null; cut -d' ' -f1 /proc/uptime");
        String[] lines = times.split("\\s+", -1);
        return Duration.ofMillis((long) (1000 * (Double.parseDouble(lines[1]) - Double.parseDouble(lines[0]))));
    }
}
