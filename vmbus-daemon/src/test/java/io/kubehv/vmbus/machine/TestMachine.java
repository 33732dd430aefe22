package io.kubehv.vmbus.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.hv.qemu.DiskNames;
import io.kubehv.hv.qmp.QmpException;
import io.kubehv.hv.qmp.agent.GuestAgent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A real QEMU in directories laid out as the kubelet does. It runs in a mount namespace of its own, so that it finds its
 * sockets and its saved memory where it finds them in a pod.
 */
final class TestMachine implements AutoCloseable {
    private static final Path GUESTS = Path.of(
            System.getenv().getOrDefault("KUBEHV_CACHE", System.getProperty("user.home") + "/.cache/kubehv"), "guests");

    private static final Duration ANSWER = Duration.ofSeconds(10);

    /** Of a machine of which nothing else is said. */
    static final String GENERATION = "324e6eaf-d1d1-4bf6-bf41-b9bb6c91fb87";

    private final Path root;
    private final Path runtime;
    private final Path console;
    private Process qemu;

    /** A pod without a QEMU yet. */
    TestMachine(Path pods, String podUid, Path root) throws IOException {
        this.root = root;
        this.runtime = Files.createDirectories(
                pods.resolve(podUid).resolve("volumes/kubernetes.io~empty-dir").resolve("runtime"));
        this.console = root.resolve("console-" + podUid);
    }

    /** An overlay on the tiny guest's disk, which is built by {@code make guest-images}. */
    static Path tinyDisk(Path directory) throws IOException, InterruptedException {
        Path image = GUESTS.resolve("tiny.qcow2");
        assertThat(image).as("the tiny guest's disk: make guest-images").exists();
        Path disk = directory.resolve("tiny-overlay.qcow2");
        Process create = new ProcessBuilder(
                        "qemu-img",
                        "create",
                        "-q",
                        "-f",
                        "qcow2",
                        "-F",
                        "qcow2",
                        "-b",
                        image.toRealPath().toString(),
                        disk.toString())
                .inheritIO()
                .start();
        assertThat(create.waitFor()).isZero();
        return disk;
    }

    /** Starts QEMU without a guest: a BIOS that finds nothing to boot and hears no button. */
    TestMachine startDeaf() throws IOException {
        return start(List.of());
    }

    /** A guest that powers its machine off at once, in a QEMU that goes on all the same. */
    TestMachine startPoweringOff() throws IOException {
        byte[] disk = new byte[1 << 20];
        // mov dx,0x604; mov ax,0x2000; out dx,ax; hlt: the ACPI control register of a q35, and "soft off".
        byte[] code = HexFormat.of().parseHex("ba0406b80020eff4");
        System.arraycopy(code, 0, disk, 0, code.length);
        disk[510] = 0x55;
        disk[511] = (byte) 0xaa;
        Path image = Files.write(root.resolve("powering-off.img"), disk);
        return start(List.of("-drive", "if=virtio,format=raw,file=" + image, "-action", "shutdown=pause"));
    }

    TestMachine startGuest(Path disk) throws IOException {
        return start(List.of("-drive", "if=virtio,format=qcow2,file=" + disk));
    }

    /** A guest with more disks, which are raw and called as their files: its vdb, vdc and so on. */
    TestMachine startGuestWithDisks(Path disk, List<Path> more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "-blockdev",
                "driver=file,node-name=file,filename=" + disk,
                "-blockdev",
                "driver=qcow2,node-name=root,file=file",
                "-device",
                "virtio-blk-pci,drive=root,bootindex=0",
                "-chardev",
                "socket,id=second,path=/run/kubehv/second.sock,server=on,wait=off",
                "-mon",
                "chardev=second,mode=control"));
        for (Path file : more) {
            String node = DiskNames.disk(file.getFileName().toString().replaceFirst("\\..*", ""));
            arguments.addAll(List.of(
                    "-blockdev",
                    "driver=file,discard=unmap,detect-zeroes=unmap,node-name=" + node + ",filename=" + file,
                    "-device",
                    "virtio-blk-pci,drive=" + node + ",id=" + DiskNames.device(node)));
        }
        return start(arguments);
    }

    /** A guest that goes on from the memory on the volume. */
    TestMachine startResuming(Path disk, Path savedState) throws IOException {
        return startResuming(disk, savedState, GENERATION);
    }

    /** The same, as a machine of this generation. */
    TestMachine startResuming(Path disk, Path savedState, String generationId) throws IOException {
        return start(
                List.of("-drive", "if=virtio,format=qcow2,file=" + disk, "-incoming", "defer"),
                savedState,
                generationId);
    }

    Path monitor() {
        return runtime.resolve("qmp.sock");
    }

    /** The guest's agent. */
    Path agent() {
        return runtime.resolve("guest-agent.sock");
    }

    /** Has the guest's agent run a script of the shell's, and does not wait for its end. */
    void inGuest(String script) throws QmpException {
        var _ = new GuestAgent(agent())
                .execute("guest-exec", Map.of("path", "/bin/sh", "arg", List.of("-c", script)), ANSWER);
    }

    /** A guest to which disks can come. */
    TestMachine startGuestWithScsi(Path disk) throws IOException {
        return start(List.of(
                "-drive",
                "if=virtio,format=qcow2,file=" + disk,
                "-object",
                "iothread,id=io-0",
                "-device",
                "virtio-scsi-pci,id=scsi,iothread=io-0",
                "-chardev",
                "socket,id=descriptors,path=/run/kubehv/descriptors.sock,server=on,wait=off",
                "-mon",
                "chardev=descriptors,mode=control"));
    }

    /** A guest to which network adapters can come, in two places. */
    TestMachine startGuestWithPorts(Path disk) throws IOException {
        return start(List.of(
                "-drive",
                "if=virtio,format=qcow2,file=" + disk,
                "-device",
                "pcie-root-port,id=pci-port-0,chassis=1,slot=1,io-reserve=0,addr=0x8.0,multifunction=on",
                "-device",
                "pcie-root-port,id=pci-port-1,chassis=2,slot=2,io-reserve=0,addr=0x8.1"));
    }

    /** A guest whose disk "root" serves so many requests of 8 KiB a second, until that is lifted over {@link #secondMonitor}. */
    TestMachine startGuestOnSlowDisk(Path disk, long requests) throws IOException {
        return start(List.of(
                "-blockdev",
                "driver=file,node-name=file,filename=" + disk,
                "-blockdev",
                "driver=qcow2,node-name=disk-root,file=file",
                "-object",
                "throttle-group,id=slow,x-iops-size=8192,x-iops-total=" + requests,
                "-blockdev",
                "driver=throttle,node-name=disk-root-limited,throttle-group=slow,file=disk-root",
                "-device",
                "virtio-blk-pci,id=disk-root-device,drive=disk-root-limited",
                "-chardev",
                "socket,id=second,path=/run/kubehv/second.sock,server=on,wait=off",
                "-mon",
                "chardev=second,mode=control"));
    }

    /** A monitor that the daemon does not use. */
    Path secondMonitor() {
        return runtime.resolve("second.sock");
    }

    /** A guest with room for 512 MiB more memory than its 192. */
    TestMachine startGuestWithRoom(Path disk) throws IOException {
        return start(List.of(
                "-drive",
                "if=virtio,format=qcow2,file=" + disk,
                "-m",
                "size=192M,maxmem=704M",
                "-object",
                "memory-backend-ram,id=room-0,size=512M",
                "-device",
                "virtio-mem-pci,id=memory-0,memdev=room-0,block-size=2M,addr=0x18.0"));
    }

    private TestMachine start(List<String> more) throws IOException {
        return start(more, Files.createDirectories(root.resolve("no-saved-state")), GENERATION);
    }

    private TestMachine start(List<String> more, Path savedState, String generationId) throws IOException {
        List<String> command = new ArrayList<>(
                List.of("unshare", "--mount", "sh", "-ec", """
                mount -t tmpfs none /run && mkdir /run/kubehv && mount --bind "$0" /run/kubehv
                mount -t tmpfs none /var/lib && mkdir -p /var/lib/kubehv/saved-state
                mount --bind "$1" /var/lib/kubehv/saved-state
                shift
                exec qemu-system-x86_64 "$@"
                """, runtime.toString(), savedState.toString()));
        command.addAll(List.of(
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-S",
                "-machine",
                "q35",
                "-accel",
                "tcg,tb-size=64",
                // A guest without random numbers has none to make anew when it is forked.
                "-cpu",
                "qemu64,+rdrand",
                "-m",
                "192",
                "-action",
                "panic=exit-failure,shutdown=poweroff,reboot=reset",
                "-chardev",
                "file,id=serial0,path=" + console,
                "-serial",
                "chardev:serial0",
                "-device",
                "virtio-serial",
                "-chardev",
                "socket,id=agent0,path=/run/kubehv/guest-agent.sock,server=on,wait=off",
                "-device",
                "virtserialport,id=agent,chardev=agent0,name=org.qemu.guest_agent.0",
                "-device",
                "vmgenid,id=generation-id,guid=" + generationId,
                "-qmp",
                "unix:/run/kubehv/qmp.sock,server=on,wait=off"));
        command.addAll(more);
        qemu = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(root.resolve("qemu.log").toFile())
                .start();
        return this;
    }

    boolean isAlive() {
        return qemu != null && qemu.isAlive();
    }

    int exitCode() throws InterruptedException {
        assertThat(qemu.waitFor(60, TimeUnit.SECONDS)).as("QEMU has ended").isTrue();
        return qemu.exitValue();
    }

    /** Has QEMU get a signal, by its name without SIG. */
    void signal(String name) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, String.valueOf(qemu.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    void kill() {
        qemu.destroyForcibly();
    }

    String console() throws IOException {
        return Files.exists(console) ? Files.readString(console, StandardCharsets.ISO_8859_1) : "";
    }

    @Override
    public void close() {
        if (qemu != null) {
            qemu.destroyForcibly().onExit().join();
        }
    }
}
