package io.kubehv.hv.machine;

import static io.kubehv.hv.machine.Definitions.machine;
import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.hv.definition.Devices;
import io.kubehv.hv.definition.Devices.ComPort;
import io.kubehv.hv.definition.VirtualMachineDefinition.Bus;
import io.kubehv.hv.definition.VirtualMachineDefinition.CloudInit;
import io.kubehv.hv.definition.VirtualMachineDefinition.Disk;
import io.kubehv.hv.definition.VirtualMachineDefinition.DvdDrive;
import io.kubehv.hv.definition.VirtualMachineDefinition.NetworkAdapter;
import io.kubehv.hv.definition.VirtualMachineDefinition.Port;
import io.kubehv.hv.definition.VirtualMachineDefinition.Processor;
import io.kubehv.hv.definition.VirtualMachineDefinition.Protocol;
import io.kubehv.hv.definition.VirtualMachineDefinition.SecureBoot;
import io.kubehv.hv.definition.VirtualMachineDefinition.Tap;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DefinitionRulesTest {
    private static final String MAC = "00:15:5d:00:01:2a";

    @Test
    void an_ordinary_machine_has_no_problem() {
        assertThat(DefinitionRules.check(machine()
                        .disk("root", "/var/lib/kubehv/disks/root/disk.img")
                        .disk("data", "/var/lib/kubehv/disks/data/disk.img")
                        .adapter("lan", MAC, 22, 80)
                        .cloudInit(new CloudInit("#cloud-config", null, null, "/etc/kubehv/cloud-init/network-data"))
                        .build()))
                .isEmpty();
    }

    static Stream<Arguments> problems() {
        return Stream.of(
                Arguments.of(
                        "generation is 3, but it must be 1 (BIOS) or 2 (UEFI)",
                        machine().generation(3)),
                Arguments.of("processor.count is 0", machine().processors(0)),
                Arguments.of("processor.count is 65", machine().processors(65)),
                Arguments.of("memory.startupBytes is 1048576", machine().memory(1 << 20)),
                Arguments.of(
                        "memory.maximumBytes is 269484032, but it must be memory.startupBytes and a multiple of 2097152",
                        machine().room(1 << 20)),
                Arguments.of("memory.maximumBytes is 266338304", machine().room(-(2 << 20))),
                Arguments.of(
                        "memory.maximumBytes is 536870912, but a running pod gets no more huge pages",
                        machine().room(256L << 20).hugePages(2L << 20)),
                Arguments.of(
                        "memory.maximumBytes is 536870912, but memory can't be changed while a hypervisor runs",
                        machine().room(256L << 20).processor(new Processor(1, 1, 1, 1, 1, "None", true))),
                Arguments.of("uuid is \"web\", but it must be a UUID", machine().uuid("web")),
                Arguments.of("disks[0].name is \"a,b\"", machine().disk("a,b", "/d")),
                Arguments.of(
                        "disks[0].path is \"disk.img\", but it must be an absolute path",
                        machine().disk("root", "disk.img")),
                Arguments.of("disks[0].path is \"/a?b\"", machine().disk("root", "/a\nb")),
                Arguments.of(
                        "disks[1].name is root, but another one has the same",
                        machine().disk("root", "/a").disk("root", "/b")),
                Arguments.of(
                        "disks[1].path is /a, but another one has the same; give each its own",
                        machine().disk("root", "/a").disk("data", "/a")),
                Arguments.of(
                        "disks[0].sizeBytes is 1000, but it must be a positive multiple of 512; round it up",
                        machine().disk(new Disk("root", Bus.SCSI, "/a", false, false, null, 1000L, null))),
                Arguments.of(
                        "disks[0].sizeBytes is 512, but a block device has a size of its own",
                        machine().disk(new Disk("root", Bus.SCSI, "/a", false, true, null, 512L, null))),
                Arguments.of(
                        "disks[0].bootIndex is -1",
                        machine().disk(new Disk("root", Bus.SCSI, "/a", false, false, -1, null, null))),
                Arguments.of(
                        "networkAdapters[0].macAddress is \"01:00:5e:00:00:01\"",
                        machine().adapter("lan", "01:00:5e:00:00:01")),
                Arguments.of(
                        "networkAdapters[0].ports[1] is TCP 80, but another one has the same",
                        machine().adapter("lan", MAC, 80, 80)),
                Arguments.of(
                        "networkAdapters[0].ports[0].port is 5900, but the VM's own screen is served there",
                        machine().adapter("lan", MAC, 5900)),
                Arguments.of(
                        "networkAdapters[0].ports[0].port is 70000", machine().adapter("lan", MAC, 70000)),
                Arguments.of(
                        "cloudInit.userData is given inline and as directory /d",
                        machine().cloudInit(new CloudInit("#cloud-config", "/d", null, null))),
                Arguments.of(
                        "disks[0].bus is IDE, but generation 2 has none",
                        machine().disk(new Disk("root", Bus.IDE, "/a", false, false, null, null, null))),
                Arguments.of(
                        "disks is 5 on IDE",
                        machine()
                                .generation(1)
                                .disk(new Disk("a", Bus.IDE, "/a", false, false, null, null, null))
                                .dvdDrive(new DvdDrive("b", null, false, null))
                                .dvdDrive(new DvdDrive("c", null, false, null))
                                .dvdDrive(new DvdDrive("d", null, false, null))
                                .dvdDrive(new DvdDrive("e", null, false, null))),
                Arguments.of(
                        "dvdDrives[0].name is root, but another one has the same",
                        machine().disk("root", "/a").dvdDrive(new DvdDrive("root", null, false, null))),
                Arguments.of(
                        "dvdDrives[0].bootIndex is 0, but another one has the same",
                        machine().disk("root", "/a").dvdDrive(new DvdDrive("dvd0", null, false, 0))),
                Arguments.of(
                        "disks[0].maximumIops is 0",
                        machine().disk(new Disk("root", Bus.SCSI, "/a", false, false, null, null, 0L))),
                Arguments.of(
                        "networkAdapters[0].legacy is true, but generation 2 has no legacy adapter",
                        machine().adapter(new NetworkAdapter("lan", MAC, true, null, null, List.of()))),
                Arguments.of(
                        "networkAdapters[0].bootUrl is \"http://boot/a,tftp=/etc\"",
                        machine()
                                .adapter(new NetworkAdapter(
                                        "lan", MAC, false, 1, "http://boot/a,tftp=/etc", List.of()))),
                Arguments.of(
                        "networkAdapters[0].bootUrl is \"tftp://boot/a\", but generation 2 boots by HTTP",
                        machine().adapter(new NetworkAdapter("lan", MAC, false, 1, "tftp://boot/a", List.of()))),
                Arguments.of(
                        "networkAdapters[0].tap.device is \"tap0,vhost=on\"", onTap("tap0,vhost=on", 1, List.of())),
                Arguments.of("networkAdapters[0].tap.queues is 9", onTap("tap0", 9, List.of())),
                Arguments.of(
                        "networkAdapters[0].ports is 1, but ports are reached through the pod",
                        onTap("tap0", 1, List.of(new Port("http", 80, Protocol.TCP)))),
                Arguments.of(
                        "networkAdapters[0].tap.queues is 2, but a legacy adapter has one queue",
                        machine()
                                .generation(1)
                                .adapter(new NetworkAdapter(
                                        "lan", MAC, true, null, null, List.of(), new Tap("tap0", 2), null))),
                Arguments.of(
                        "generation is 1, but it has neither Secure Boot nor a TPM",
                        machine().generation(1).tpm(false)),
                Arguments.of(
                        "firmware.customKeysDirectory is missing", machine().secureBoot(SecureBoot.CUSTOM)),
                Arguments.of(
                        "security.shielded is true, but a shielded machine has Secure Boot and a TPM",
                        machine().tpm(true)),
                Arguments.of(
                        "memory.startupBytes is 268435456, but it must be a multiple of its huge pages",
                        machine().hugePages(1L << 30)),
                Arguments.of(
                        "processor.maximum is 1, but it must be from processor.count",
                        machine().processor(new Processor(2, 1, 1, 1, 1, "None", false))),
                Arguments.of(
                        "processor.maximum is 3, but sockets, threadsPerCore and numaNodes [2, 1, 1] must divide it",
                        machine().processor(new Processor(3, 3, 2, 1, 1, "None", false))),
                Arguments.of(
                        "processor.model is \"host,+evil\"",
                        machine().processor(new Processor(1, 1, 1, 1, 1, "host,+evil", false))),
                Arguments.of(
                        "devices.comPorts[0].number is 1",
                        machine().devices(new Devices(null, List.of(new ComPort(1, 5555)), null, "UTC"))),
                Arguments.of(
                        "devices.comPorts[0].port is 5900, but another one has the same",
                        machine().devices(new Devices(null, List.of(new ComPort(2, 5900)), null, "UTC"))),
                Arguments.of("restorePath is \"memory\"", machine().restorePath("memory")));
    }

    private static Definitions onTap(String device, int queues, List<Port> ports) {
        return machine()
                .adapter(new NetworkAdapter("lan", MAC, false, null, null, ports, new Tap(device, queues), null));
    }

    @ParameterizedTest
    @MethodSource("problems")
    void a_problem_names_field_value_rule_and_fix(String expected, Definitions machine) {
        assertThat(DefinitionRules.check(machine.build()))
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.toString()).startsWith(expected).contains("; "));
    }

    @Test
    void the_same_port_may_be_forwarded_for_both_protocols() {
        NetworkAdapter dns = new NetworkAdapter(
                "lan",
                MAC,
                false,
                null,
                null,
                List.of(new Port("dns", 53, Protocol.UDP), new Port("dns-tcp", 53, Protocol.TCP)));
        assertThat(DefinitionRules.check(machine().adapter(dns).build())).isEmpty();
    }

    @Test
    void all_problems_are_told_at_once() {
        assertThat(DefinitionRules.check(
                        machine().generation(0).processors(0).disk("X", "x").build()))
                .hasSize(4);
    }
}
