package io.kubehv.hv.qemu;

import static io.kubehv.hv.machine.Definitions.machine;
import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.hv.definition.Devices;
import io.kubehv.hv.definition.Devices.ComPort;
import io.kubehv.hv.definition.Devices.WatchdogAction;
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
import io.kubehv.hv.machine.Accelerator;
import io.kubehv.hv.machine.Definitions;
import io.kubehv.hv.machine.MemoryOverhead;
import io.kubehv.hv.machine.PodFacts;
import io.kubehv.hv.machine.PodFiles;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Why each argument is there, and that there is no other. */
class QemuCommandLineTest {
    private static final String MAC = "00:15:5d:00:01:2a";
    private static final PodFacts TCG = new PodFacts(Accelerator.TCG, Set.of(), List.of(), false);
    private static final PodFacts KVM = new PodFacts(Accelerator.KVM, Set.of(), List.of(), false);

    private static List<String> command(Definitions machine, PodFacts facts) {
        return QemuCommandLine.of(machine.build(), PodFiles.STANDARD, facts);
    }

    private static List<String> command(Definitions machine) {
        return command(machine, TCG);
    }

    /** The values of all arguments of the name. */
    private static List<String> values(List<String> command, String name) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i + 1 < command.size(); i++) {
            if (command.get(i).equals(name)) {
                values.add(command.get(i + 1));
            }
        }
        return values;
    }

    private static String device(List<String> command, String id) {
        return values(command, "-device").stream()
                .filter(value -> (value + ",").contains(",id=" + id + ","))
                .findFirst()
                .orElse("no device " + id);
    }

    private static Definitions full() {
        return machine()
                .processors(2)
                .disk("root", "/disks/root/disk.img")
                .disk("data", "/disks/data/disk.img")
                .adapter("lan", MAC, 80)
                .cloudInit(new CloudInit("#cloud-config", null, null, null))
                .restorePath("/saved/memory");
    }

    @Test
    void the_same_machine_gives_the_same_command_line() {
        assertThat(command(full())).isEqualTo(command(full()));
    }

    @Test
    void there_is_no_argument_that_these_tests_do_not_explain() {
        Set<String> names = new TreeSet<>();
        command(full()).stream().filter(argument -> argument.startsWith("-")).forEach(names::add);
        assertThat(names)
                .containsExactlyInAnyOrder(
                        "-name",
                        "-nodefaults",
                        "-no-user-config",
                        "-S",
                        "-sandbox",
                        "-action",
                        "-machine",
                        "-global",
                        "-accel",
                        "-cpu",
                        "-smp",
                        "-m",
                        "-object",
                        "-device",
                        "-uuid",
                        "-smbios",
                        "-boot",
                        "-rtc",
                        "-blockdev",
                        "-netdev",
                        "-chardev",
                        "-mon",
                        "-display",
                        "-vnc",
                        "-incoming");
    }

    @Test
    void the_program_is_the_images_and_waits_for_the_daemon() {
        List<String> command = command(machine());
        assertThat(command.getFirst()).isEqualTo("/usr/bin/qemu-system-x86_64");
        assertThat(command).contains("-S", "-nodefaults", "-no-user-config");
        assertThat(values(command, "-name")).containsExactly("guest=shop/web,debug-threads=on");
    }

    @Test
    void the_sandbox_denies_all_that_it_can() {
        assertThat(values(command(machine()), "-sandbox"))
                .containsExactly("on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
    }

    @Test
    void a_panic_is_a_failure_a_power_off_is_the_end_and_a_reboot_is_one() {
        assertThat(values(command(machine()), "-action"))
                .containsExactly("panic=exit-failure,shutdown=poweroff,reboot=reset");
        assertThat(device(command(machine()), "panic")).isEqualTo("pvpanic,id=panic");
    }

    @Test
    void generation_1_is_a_pc_with_its_bios() {
        List<String> command = command(machine().generation(1));
        assertThat(values(command, "-machine"))
                .containsExactly("pc,memory-backend=ram,dump-guest-core=off,vmport=off,usb=off");
        assertThat(values(command, "-blockdev")).isEmpty();
        assertThat(values(command, "-global")).containsExactly("PIIX4_PM.disable_s3=1", "PIIX4_PM.disable_s4=1");
    }

    @Test
    void generation_2_is_a_q35_with_uefi_and_variables_of_its_own() {
        List<String> command = command(machine().generation(2));
        assertThat(values(command, "-machine"))
                .containsExactly("q35,memory-backend=ram,dump-guest-core=off,vmport=off,usb=off,smm=off,"
                        + "pflash0=firmware-code,pflash1=firmware-variables");
        assertThat(values(command, "-blockdev"))
                .containsExactly(
                        "driver=file,node-name=firmware-code,filename=/usr/share/OVMF/OVMF_CODE_4M.fd,read-only=on",
                        "driver=file,node-name=firmware-variables,filename=/var/lib/kubehv/guest-state/nvram.fd");
        assertThat(values(command, "-global")).containsExactly("ICH9-LPC.disable_s3=1", "ICH9-LPC.disable_s4=1");
    }

    @Test
    void with_secure_boot_the_variables_are_out_of_the_guests_reach() {
        List<String> command = command(machine().secureBoot(SecureBoot.MICROSOFT_WINDOWS));
        assertThat(values(command, "-machine")).singleElement().asString().contains(",smm=on,");
        assertThat(values(command, "-global")).contains("driver=cfi.pflash01,property=secure,value=on");
        assertThat(values(command, "-blockdev"))
                .contains("driver=file,node-name=firmware-code,filename=/usr/share/OVMF/OVMF_CODE_4M.secboot.fd,"
                        + "read-only=on");
    }

    @Test
    void a_tpm_is_emulated_beside_the_hypervisor() {
        List<String> command = command(machine().tpm(false));
        assertThat(values(command, "-chardev")).contains("socket,id=tpm-socket,path=/run/kubehv/tpm.sock");
        assertThat(values(command, "-tpmdev")).containsExactly("emulator,id=tpm,chardev=tpm-socket");
        assertThat(device(command, "tpm-device")).isEqualTo("tpm-crb,id=tpm-device,tpmdev=tpm");
    }

    @Test
    void a_shielded_guest_has_no_console_no_screen_and_no_agent() {
        List<String> command = command(machine()
                .secureBoot(SecureBoot.MICROSOFT_UEFI_CERTIFICATE_AUTHORITY)
                .tpm(true));
        assertThat(values(command, "-chardev"))
                .containsExactly(
                        "socket,id=tpm-socket,path=/run/kubehv/tpm.sock",
                        "socket,id=monitor,path=/run/kubehv/qmp.sock,server=on,wait=off",
                        "socket,id=descriptors,path=/run/kubehv/descriptors.sock,server=on,wait=off");
        assertThat(command).doesNotContain("-vnc");
        assertThat(device(command, "screen")).isEqualTo("no device screen");
    }

    @Test
    void with_kvm_the_guest_sees_the_nodes_processor() {
        List<String> command = command(machine(), KVM);
        assertThat(values(command, "-accel")).containsExactly("kvm");
        assertThat(values(command, "-cpu")).singleElement().asString().startsWith("host,");
    }

    @Test
    void under_emulation_translated_code_is_bounded_by_what_the_pod_has_room_for() {
        List<String> command = command(machine(), TCG);
        assertThat(values(command, "-accel"))
                .containsExactly("tcg,thread=multi,tb-size=" + MemoryOverhead.TRANSLATION_BUFFER_MIB);
        assertThat(values(command, "-cpu")).containsExactly("max,svm=off,cx16=off");
    }

    @Test
    void processors_are_cores_of_one_socket() {
        assertThat(values(command(machine().processors(3)), "-smp"))
                .containsExactly("cpus=3,sockets=1,cores=3,threads=1");
    }

    @Test
    void processors_that_may_be_added_are_declared_and_spread_as_asked() {
        Definitions machine = machine().processor(new Processor(2, 8, 2, 2, 1, "None", false));
        assertThat(values(command(machine), "-smp")).containsExactly("cpus=2,maxcpus=8,sockets=2,cores=2,threads=2");
    }

    @Test
    void each_numa_node_has_its_share_of_processors_and_memory() {
        Definitions machine = machine().memory(257L << 20).processor(new Processor(4, 4, 1, 1, 2, "None", false));
        List<String> command = command(machine);
        assertThat(values(command, "-object"))
                .contains("memory-backend-ram,id=ram-0,size=129M", "memory-backend-ram,id=ram-1,size=128M");
        assertThat(values(command, "-numa"))
                .containsExactly("node,nodeid=0,cpus=0-1,memdev=ram-0", "node,nodeid=1,cpus=2-3,memdev=ram-1");
        assertThat(values(command, "-machine")).singleElement().asString().doesNotContain("memory-backend");
    }

    @Test
    void room_for_memory_is_declared_in_pieces_that_Linux_takes_on_and_with_nothing_in_it() {
        List<String> command = command(machine().room(300L << 20));
        assertThat(values(command, "-m")).containsExactly("size=256M,maxmem=640M");
        assertThat(values(command, "-object")).contains("memory-backend-ram,id=room-0,size=384M");
        assertThat(values(command, "-device"))
                .contains("virtio-mem-pci,id=memory-0,memdev=room-0,block-size=2M,addr=0x18.0");
        assertThat(command(machine())).noneMatch(argument -> argument.contains("virtio-mem"));
        assertThat(values(command(machine()), "-m")).containsExactly("size=256M");
    }

    @Test
    void each_numa_node_has_its_share_of_the_room() {
        Definitions machine = machine().room(256L << 20).processor(new Processor(4, 4, 1, 1, 2, "None", false));
        List<String> command = command(machine);
        assertThat(values(command, "-m")).containsExactly("size=256M,maxmem=512M");
        assertThat(values(command, "-object"))
                .contains("memory-backend-ram,id=room-0,size=128M", "memory-backend-ram,id=room-1,size=128M");
        assertThat(values(command, "-device"))
                .contains(
                        "virtio-mem-pci,id=memory-0,memdev=room-0,block-size=2M,node=0,addr=0x18.0,multifunction=on",
                        "virtio-mem-pci,id=memory-1,memdev=room-1,block-size=2M,node=1,addr=0x18.1");
    }

    @Test
    void huge_pages_are_of_the_size_that_the_pod_asked_for() {
        assertThat(values(command(machine().hugePages(2L << 20)), "-object"))
                .contains("memory-backend-memfd,id=ram,size=256M,hugetlb=on,hugetlbsize=2M,prealloc=on,share=off");
    }

    @Test
    void a_guest_sees_virtualization_extensions_only_where_asked() {
        Processor nested = new Processor(1, 1, 1, 1, 1, "None", true);
        assertThat(values(command(machine(), KVM), "-cpu"))
                .singleElement()
                .asString()
                .contains(",vmx=off,svm=off,");
        assertThat(values(command(machine().processor(nested), KVM), "-cpu"))
                .singleElement()
                .asString()
                .doesNotContain("vmx", "svm");
        assertThat(values(command(machine().processor(nested), TCG), "-cpu"))
                .as("the only virtualization that is emulated is AMD's")
                .containsExactly("EPYC,svm=on,cx16=off");
    }

    @Test
    void a_guest_that_is_to_move_sees_a_processor_that_other_nodes_have() {
        Processor minimum = new Processor(1, 1, 1, 1, 1, Processor.MINIMUM_FEATURE_SET, false);
        Processor named = new Processor(1, 1, 1, 1, 1, "EPYC-Rome", false);
        assertThat(values(command(machine().processor(minimum), KVM), "-cpu"))
                .singleElement()
                .asString()
                .startsWith("Nehalem,enforce=on,vmx=off,svm=off,");
        assertThat(values(command(machine().processor(named), TCG), "-cpu"))
                .containsExactly("EPYC-Rome,svm=off,cx16=off");
    }

    @Test
    void windows_is_told_of_the_hypervisor_where_the_accelerator_can() {
        assertThat(values(command(machine(), KVM), "-cpu"))
                .singleElement()
                .asString()
                .contains("hv-relaxed=on", "hv-synic=on", "hv-stimer=on", "hv-spinlocks=0x1fff");
        assertThat(values(command(machine(), TCG), "-cpu"))
                .singleElement()
                .asString()
                .doesNotContain("hv-");
    }

    @Test
    void memory_is_private_and_anonymous_in_whole_mebibytes_and_freed_pages_go_back() {
        List<String> command = command(machine().memory(1_000_000_000));
        assertThat(values(command, "-m")).containsExactly("size=953M");
        assertThat(values(command, "-object")).contains("memory-backend-ram,id=ram,size=953M");
        assertThat(device(command, "balloon"))
                .isEqualTo("virtio-balloon-pci,id=balloon,free-page-reporting=on,deflate-on-oom=on,addr=0x3");
    }

    @Test
    void the_guest_sees_its_identity() {
        List<String> command = command(machine());
        assertThat(values(command, "-uuid")).containsExactly(Definitions.UUID);
        assertThat(values(command, "-smbios"))
                .containsExactly("type=1,manufacturer=KubeHV,product=Virtual Machine,serial=" + Definitions.UUID
                        + ",family=Generation 2");
        assertThat(device(command, "generation-id"))
                .isEqualTo("vmgenid,id=generation-id,guid=324e6eaf-d1d1-4bf6-bf41-b9bb6c91fb87");
    }

    @Test
    void firmware_asks_nobody_and_the_clock_is_utc() {
        assertThat(values(command(machine()), "-boot")).containsExactly("menu=off,strict=on");
        assertThat(values(command(machine()), "-rtc")).containsExactly("base=utc,driftfix=slew");
    }

    @Test
    void a_disk_gives_back_what_the_guest_frees_and_pauses_the_guest_when_its_volume_is_full() {
        List<String> command = command(machine().generation(1).disk("root", "/disks/root/disk.img"));
        assertThat(values(command, "-blockdev"))
                .containsExactly("driver=file,node-name=disk-root,filename=/disks/root/disk.img,read-only=off,"
                        + "cache.direct=off,aio=threads,discard=unmap,detect-zeroes=unmap");
        assertThat(device(command, "disk-root-device"))
                .isEqualTo("virtio-blk-pci,id=disk-root-device,drive=disk-root,iothread=io-0,addr=0x10.0,"
                        + "multifunction=on,serial=root,werror=enospc,rerror=report,bootindex=0");
    }

    @Test
    void a_disk_goes_past_the_nodes_page_cache_where_its_file_system_can() {
        PodFacts direct = new PodFacts(Accelerator.TCG, Set.of("data"), List.of(), false);
        List<String> command =
                command(machine().generation(1).disk("root", "/r").disk("data", "/d"), direct);
        assertThat(values(command, "-blockdev").get(0)).contains("cache.direct=off");
        assertThat(values(command, "-blockdev").get(1)).contains("cache.direct=on");
    }

    @Test
    void a_block_device_is_opened_as_one() {
        Definitions machine = machine()
                .generation(1)
                .disk(new Disk("raw", Bus.VIRTIO, "/dev/kubehv/raw", false, true, null, null, null));
        assertThat(values(command(machine), "-blockdev"))
                .singleElement()
                .asString()
                .startsWith("driver=host_device,");
        assertThat(device(command(machine), "disk-raw-device")).doesNotContain("bootindex");
    }

    @Test
    void a_disk_that_cannot_be_written_is_opened_so_and_never_trimmed() {
        Definitions machine =
                machine().generation(1).disk(new Disk("iso", Bus.VIRTIO, "/i", true, false, 1, null, null));
        assertThat(values(command(machine), "-blockdev"))
                .containsExactly(
                        "driver=file,node-name=disk-iso,filename=/i,read-only=on,cache.direct=off,aio=threads");
    }

    @Test
    void a_disk_is_on_the_bus_that_it_asks_for() {
        List<String> command = command(machine()
                .generation(1)
                .disk(new Disk("a", Bus.SCSI, "/a", false, false, null, null, null))
                .disk(new Disk("b", Bus.SCSI, "/b", false, false, 0, null, null))
                .disk(new Disk("c", Bus.IDE, "/c", true, false, null, null, null)));
        assertThat(device(command, "scsi")).isEqualTo("virtio-scsi-pci,id=scsi,iothread=io-0,addr=0x6");
        assertThat(device(command, "disk-b-device"))
                .isEqualTo("scsi-hd,id=disk-b-device,bus=scsi.0,scsi-id=1,drive=disk-b,serial=b,werror=enospc,"
                        + "rerror=report,bootindex=0");
        assertThat(device(command, "disk-c-device"))
                .isEqualTo("ide-hd,id=disk-c-device,bus=ide.0,unit=0,drive=disk-c,serial=c");
    }

    @Test
    void a_limit_counts_a_large_request_as_several_of_8_kibibytes() {
        List<String> command =
                command(machine().disk(new Disk("data", Bus.SCSI, "/d", false, false, null, null, 500L)));
        assertThat(values(command, "-object"))
                .contains("throttle-group,id=disk-data-qos,x-iops-total=500,x-iops-size=8192");
        assertThat(values(command, "-blockdev"))
                .contains("driver=throttle,node-name=disk-data-limited,throttle-group=disk-data-qos,file=disk-data");
        assertThat(device(command, "disk-data-device")).contains("drive=disk-data-limited,");
    }

    @Test
    void a_dvd_drive_may_be_empty_and_is_on_ide_in_generation_1() {
        DvdDrive full = new DvdDrive("dvd0", "/iso", false, 0);
        DvdDrive empty = new DvdDrive("dvd1", null, false, null);
        List<String> command = command(machine().dvdDrive(full).dvdDrive(empty));
        assertThat(values(command, "-blockdev"))
                .contains("driver=file,node-name=dvd-dvd0,filename=/iso,read-only=on,aio=threads");
        assertThat(device(command, "dvd-dvd0-device"))
                .isEqualTo("scsi-cd,id=dvd-dvd0-device,bus=scsi.0,scsi-id=0,drive=dvd-dvd0,serial=dvd0,bootindex=0");
        assertThat(device(command, "dvd-dvd1-device"))
                .isEqualTo("scsi-cd,id=dvd-dvd1-device,bus=scsi.0,scsi-id=1,serial=dvd1");
        assertThat(device(command(machine().generation(1).dvdDrive(empty)), "dvd-dvd1-device"))
                .isEqualTo("ide-cd,id=dvd-dvd1-device,bus=ide.0,unit=0,serial=dvd1");
    }

    @Test
    void a_legacy_adapter_boots_from_the_network_by_its_rom() {
        List<String> command =
                command(machine().generation(1).adapter(new NetworkAdapter("lan", MAC, true, 0, null, List.of())));
        assertThat(device(command, "adapter-lan"))
                .isEqualTo("e1000,id=adapter-lan,netdev=network-lan,mac=" + MAC + ",bootindex=0,addr=0x8");
    }

    @Test
    void what_an_adapter_is_to_boot_is_offered_by_dhcp_and_uefi_looks_for_nothing_else() {
        NetworkAdapter adapter = new NetworkAdapter("lan", MAC, false, 1, "http://boot:8080/shimx64.efi", List.of());
        PodFacts facts =
                new PodFacts(Accelerator.TCG, Set.of(), List.of("shop.svc.cluster.local", "cluster.local"), false);
        List<String> second = command(machine().adapter(adapter), facts);
        assertThat(values(second, "-netdev"))
                .singleElement()
                .asString()
                .endsWith(",bootfile=http://boot.shop.svc.cluster.local:8080/shimx64.efi");
        assertThat(values(second, "-fw_cfg"))
                .containsExactly(
                        "name=opt/org.tianocore/IPv4PXESupport,string=no",
                        "name=opt/org.tianocore/IPv6PXESupport,string=no",
                        "name=opt/org.tianocore/IPv6Support,string=no");

        List<String> first = command(machine().generation(1).adapter(adapter), facts);
        assertThat(device(first, "adapter-lan")).doesNotContain("romfile");
        assertThat(values(first, "-fw_cfg")).isEmpty();
    }

    @Test
    void a_host_that_firmware_can_not_look_up_is_told_by_its_address() {
        NetworkAdapter adapter = new NetworkAdapter("lan", MAC, false, 1, "http://boot:8080/boot.efi", List.of());
        PodFacts facts = new PodFacts(
                Accelerator.TCG,
                Set.of(),
                List.of("shop.svc.cluster.local"),
                false,
                false,
                Map.of(),
                Map.of("boot", "10.96.0.7"));
        assertThat(values(command(machine().adapter(adapter), facts), "-netdev"))
                .singleElement()
                .asString()
                .endsWith(",bootfile=http://10.96.0.7:8080/boot.efi");
    }

    @Test
    void uefi_looks_for_all_protocols_where_an_adapter_leaves_it_to_its_network() {
        List<String> command = command(machine()
                .adapter(new NetworkAdapter("lan", MAC, false, 1, "http://192.0.2.9/a.efi", List.of()))
                .adapter(new NetworkAdapter("san", "00:15:5d:00:01:2b", false, 2, null, List.of())));
        assertThat(values(command, "-netdev")).first().asString().endsWith(",bootfile=http://192.0.2.9/a.efi");
        assertThat(values(command, "-fw_cfg")).isEmpty();
    }

    @Test
    void a_name_that_would_get_too_long_for_dhcp_stays_as_it_is() {
        String url = "http://boot/" + "a".repeat(100);
        PodFacts facts = new PodFacts(Accelerator.TCG, Set.of(), List.of("shop.svc.cluster.local"), false);
        assertThat(values(
                        command(machine().adapter(new NetworkAdapter("lan", MAC, false, 1, url, List.of())), facts),
                        "-netdev"))
                .singleElement()
                .asString()
                .endsWith(",bootfile=" + url);
    }

    @Test
    void the_watchdog_does_what_was_asked() {
        Devices devices = new Devices(WatchdogAction.POWEROFF, List.of(), null, "UTC");
        List<String> command = command(machine().devices(devices));
        assertThat(device(command, "watchdog")).isEqualTo("i6300esb,id=watchdog,addr=0x7");
        assertThat(values(command, "-action")).singleElement().asString().endsWith(",watchdog=poweroff");
        assertThat(device(command(machine()), "watchdog")).isEqualTo("no device watchdog");
    }

    @Test
    void a_com_port_ends_at_a_port_of_the_pods_loopback() {
        List<String> command =
                command(machine().devices(new Devices(null, List.of(new ComPort(2, 5555)), null, "UTC")));
        assertThat(values(command, "-chardev")).contains("socket,id=com2,host=127.0.0.1,port=5555,server=on,wait=off");
        assertThat(device(command, "com2-device")).isEqualTo("isa-serial,id=com2-device,chardev=com2,index=1");
    }

    @Test
    void a_guest_that_expects_local_time_gets_the_processs() {
        List<String> command = command(machine().devices(new Devices(null, List.of(), null, "Europe/Berlin")));
        assertThat(values(command, "-rtc")).containsExactly("base=localtime,driftfix=slew");
    }

    @Test
    void a_comma_in_a_path_stays_in_the_path() {
        assertThat(values(command(machine().generation(1).disk("root", "/a,cache.direct=on")), "-blockdev"))
                .singleElement()
                .asString()
                .contains("filename=/a,,cache.direct=on,");
    }

    @Test
    void disks_share_as_many_io_threads_as_there_are_processors() {
        Definitions machine = machine().processors(2);
        for (int i = 0; i < 5; i++) {
            machine.disk("d" + i, "/d" + i);
        }
        List<String> command = command(machine);
        assertThat(values(command, "-object"))
                .contains("iothread,id=io-0", "iothread,id=io-1")
                .doesNotContain("iothread,id=io-2");
        assertThat(device(command, "disk-d4-device")).contains("iothread=io-0");
    }

    @Test
    void sixty_four_disks_find_room_and_no_device_sits_where_another_does() {
        Definitions machine = machine().cloudInit(new CloudInit(null, null, null, null));
        for (int i = 0; i < 64; i++) {
            machine.disk("d" + i, "/d" + i);
        }
        for (int i = 0; i < 8; i++) {
            machine.adapter("a" + i, "00:15:5d:00:01:0" + i);
        }
        List<String> addresses = values(command(machine), "-device").stream()
                .filter(value -> value.contains(",addr="))
                .map(value -> value.replaceFirst(".*,addr=([^,]*).*", "$1"))
                .toList();
        assertThat(addresses).doesNotHaveDuplicates().contains("0x17.7", "0x8.7", "0x1c");
    }

    @Test
    void the_seed_is_a_small_disk_behind_the_others() {
        List<String> command =
                command(machine().generation(1).disk("root", "/r").cloudInit(new CloudInit("x", null, null, null)));
        assertThat(values(command, "-blockdev").getLast())
                .isEqualTo("driver=vvfat,node-name=seed,dir=/run/kubehv/seed,label=cidata,read-only=on");
        assertThat(device(command, "seed-device"))
                .isEqualTo("virtio-blk-pci,id=seed-device,drive=seed,serial=cloud-init-seed,addr=0x1c");
    }

    @Test
    void an_adapter_is_behind_the_pods_addresses_and_its_ports_are_reached_there() {
        NetworkAdapter adapter = new NetworkAdapter(
                "lan",
                MAC,
                false,
                null,
                null,
                List.of(new Port("http", 80, Protocol.TCP), new Port("dns", 53, Protocol.UDP)));
        PodFacts facts =
                new PodFacts(Accelerator.TCG, Set.of(), List.of("shop.svc.cluster.local", "cluster.local"), false);
        List<String> command = command(machine().adapter(adapter), facts);
        assertThat(values(command, "-netdev"))
                .containsExactly("user,id=network-lan,ipv4=on,net=192.0.2.0/27,ipv6=off,hostname=web,"
                        + "dnssearch=shop.svc.cluster.local,dnssearch=cluster.local,"
                        + "hostfwd=tcp::80-:80,hostfwd=udp::53-:53");
        assertThat(device(command, "adapter-lan"))
                .isEqualTo("virtio-net-pci,id=adapter-lan,netdev=network-lan,mac=" + MAC + ",romfile=,bus=pci-port-0");
    }

    @Test
    void a_machine_of_generation_2_has_places_for_the_adapters_that_it_can_have() {
        List<String> command = command(machine().adapter("a", MAC).adapter("b", "00:15:5d:00:01:02"));
        assertThat(values(command, "-device").stream().filter(device -> device.startsWith("pcie-root-port")))
                .hasSize(8)
                .startsWith(
                        "pcie-root-port,id=pci-port-0,chassis=1,slot=1,io-reserve=0,addr=0x8.0,multifunction=on",
                        "pcie-root-port,id=pci-port-1,chassis=2,slot=2,io-reserve=0,addr=0x8.1");
        assertThat(device(command, "adapter-b")).endsWith(",bus=pci-port-1");
        assertThat(values(command, "-netdev").getLast()).contains("net=192.0.2.32/27");
        assertThat(values(command(machine().generation(1).adapter("a", MAC)), "-device"))
                .noneMatch(device -> device.startsWith("pcie-root-port"));
    }

    @Test
    void a_guest_is_told_the_name_of_an_interface_that_is_to_have_its_adapters() {
        List<String> command = command(machine()
                .adapter(new NetworkAdapter("lan", MAC, false, null, null, List.of()))
                .adapter(new NetworkAdapter(
                        "office", "00:15:5d:00:01:2b", false, null, null, List.of(), null, "office")));

        assertThat(values(command, "-smbios"))
                .filteredOn(value -> value.startsWith("type=11"))
                .singleElement()
                .asString()
                .startsWith("type=11,value=io.systemd.credential.binary:network.link.50-office=")
                .satisfies(value -> assertThat(new String(
                                Base64.getDecoder().decode(value.substring(value.indexOf("office=") + 7)),
                                StandardCharsets.UTF_8))
                        .isEqualTo("[Match]\nMACAddress=00:15:5d:00:01:2b\n[Link]\nName=office\n"));
    }

    @Test
    void an_adapter_on_a_virtual_switch_opens_its_tap_with_as_many_queues_as_it_was_made_with() {
        PodFacts facts = new PodFacts(
                Accelerator.TCG, Set.of(), List.of(), false, false, Map.of("tap0", 1450, "tap1", 1450, "tap2", 1500));
        List<String> command = command(
                machine()
                        .generation(1)
                        .adapter(new NetworkAdapter("lan", MAC, false, null, null, List.of(), new Tap("tap0", 4), null))
                        .adapter(new NetworkAdapter("dmz", MAC, false, null, null, List.of(), new Tap("tap1", 1), null))
                        .adapter(new NetworkAdapter("old", MAC, true, null, null, List.of(), new Tap("tap2", 1), null)),
                facts);
        assertThat(values(command, "-netdev"))
                .containsExactly(
                        "tap,id=network-lan,ifname=tap0,script=no,downscript=no,queues=4",
                        "tap,id=network-dmz,ifname=tap1,script=no,downscript=no",
                        "tap,id=network-old,ifname=tap2,script=no,downscript=no");
        assertThat(device(command, "adapter-lan"))
                .isEqualTo("virtio-net-pci,id=adapter-lan,netdev=network-lan,mac=" + MAC
                        + ",mq=on,vectors=10,host_mtu=1450,romfile=,addr=0x8");
        assertThat(device(command, "adapter-dmz"))
                .isEqualTo("virtio-net-pci,id=adapter-dmz,netdev=network-dmz,mac=" + MAC
                        + ",host_mtu=1450,romfile=,addr=0x9");
        assertThat(device(command, "adapter-old"))
                .isEqualTo("e1000,id=adapter-old,netdev=network-old,mac=" + MAC + ",romfile=,addr=0xa");
    }

    @Test
    void the_kernel_moves_a_taps_packets_where_the_node_can() {
        PodFacts facts = new PodFacts(Accelerator.KVM, Set.of(), List.of(), false, true, Map.of("tap0", 1500));
        Definitions machine = machine()
                .adapter(new NetworkAdapter("lan", MAC, false, null, null, List.of(), new Tap("tap0", 1), null))
                .adapter("behind-the-pod", MAC);
        assertThat(values(command(machine, facts), "-netdev"))
                .satisfiesExactly(
                        tap -> assertThat(tap).endsWith(",vhost=on"),
                        user -> assertThat(user).startsWith("user,").doesNotContain("vhost"));
    }

    @Test
    void a_pod_with_ipv6_gives_the_guest_ipv6() {
        PodFacts facts = new PodFacts(Accelerator.TCG, Set.of(), List.of(), true);
        assertThat(values(command(machine().adapter("lan", MAC), facts), "-netdev"))
                .singleElement()
                .asString()
                .contains(",ipv6=on,ipv6-prefix=fd6b:7562:6568:7600::,");
    }

    @Test
    void the_serial_console_is_standard_input_and_output_and_its_keys_are_the_guests() {
        List<String> command = command(machine());
        assertThat(values(command, "-chardev"))
                .contains(
                        "stdio,id=terminal,signal=off",
                        "ringbuf,id=firmware-words,size=16K",
                        "hub,id=serial,chardevs.0=terminal,chardevs.1=firmware-words");
        assertThat(device(command, "serial-device")).isEqualTo("isa-serial,id=serial-device,chardev=serial");
    }

    @Test
    void a_bios_is_heard_at_its_debug_port_and_the_console_is_the_guests_alone() {
        List<String> command = command(machine().generation(1));
        assertThat(device(command, "debug-port"))
                .isEqualTo("isa-debugcon,id=debug-port,iobase=0x402,chardev=firmware-words");
        assertThat(device(command, "serial-device")).isEqualTo("isa-serial,id=serial-device,chardev=terminal");
    }

    @Test
    void the_monitor_and_the_agent_are_sockets_in_the_pods_runtime_directory() {
        List<String> command = command(machine());
        assertThat(values(command, "-chardev"))
                .contains(
                        "socket,id=monitor,path=/run/kubehv/qmp.sock,server=on,wait=off",
                        "socket,id=guest-agent,path=/run/kubehv/guest-agent.sock,server=on,wait=off");
        assertThat(values(command, "-mon"))
                .containsExactly("chardev=monitor,mode=control", "chardev=descriptors,mode=control");
        assertThat(device(command, "guest-agent-port"))
                .isEqualTo("virtserialport,id=guest-agent-port,bus=serial-bus.0,chardev=guest-agent,"
                        + "name=org.qemu.guest_agent.0");
    }

    @Test
    void the_screen_is_on_the_pods_loopback_only() {
        List<String> command = command(machine());
        assertThat(values(command, "-display")).containsExactly("none");
        assertThat(values(command, "-vnc")).containsExactly("127.0.0.1:0");
        assertThat(device(command, "screen")).isEqualTo("VGA,id=screen,vgamem_mb=8,xres=1024,yres=768,addr=0x2");
    }

    @Test
    void randomness_comes_from_the_node() {
        assertThat(values(command(machine()), "-object")).contains("rng-random,id=random,filename=/dev/urandom");
        assertThat(device(command(machine()), "random-device"))
                .isEqualTo("virtio-rng-pci,id=random-device,rng=random,addr=0x4");
    }

    @Test
    void a_machine_that_resumes_waits_to_be_told_from_where() {
        assertThat(values(command(machine()), "-incoming")).isEmpty();
        assertThat(values(command(machine().restorePath("/saved/memory")), "-incoming"))
                .containsExactly("defer");
    }
}
