package io.kubehv.hv.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.hv.definition.Devices.ComPort;
import io.kubehv.hv.definition.Devices.Screen;
import io.kubehv.hv.definition.Devices.WatchdogAction;
import io.kubehv.hv.definition.VirtualMachineDefinition.Acceleration;
import io.kubehv.hv.definition.VirtualMachineDefinition.Bus;
import io.kubehv.hv.definition.VirtualMachineDefinition.CloudInit;
import io.kubehv.hv.definition.VirtualMachineDefinition.Disk;
import io.kubehv.hv.definition.VirtualMachineDefinition.DvdDrive;
import io.kubehv.hv.definition.VirtualMachineDefinition.Firmware;
import io.kubehv.hv.definition.VirtualMachineDefinition.Memory;
import io.kubehv.hv.definition.VirtualMachineDefinition.NetworkAdapter;
import io.kubehv.hv.definition.VirtualMachineDefinition.Port;
import io.kubehv.hv.definition.VirtualMachineDefinition.Processor;
import io.kubehv.hv.definition.VirtualMachineDefinition.Protocol;
import io.kubehv.hv.definition.VirtualMachineDefinition.SecureBoot;
import io.kubehv.hv.definition.VirtualMachineDefinition.Security;
import java.util.List;
import org.junit.jupiter.api.Test;

class VirtualMachineDefinitionTest {
    private static final VirtualMachineDefinition WEB = new VirtualMachineDefinition(
            "shop",
            "web",
            "6f2f7f4e-0b0d-4b8e-9a51-7d6b1f0c2a11",
            "324e6eaf-d1d1-4bf6-bf41-b9bb6c91fb87",
            2,
            new Processor(2, 4, 1, 1, 1, Processor.OF_THE_NODE, false),
            new Memory(1L << 30, 1L << 30, null),
            new Firmware(SecureBoot.CUSTOM, "/etc/kubehv/secure-boot"),
            new Security(true, false),
            List.of(new Disk("root", Bus.SCSI, "/disks/root/disk.img", false, false, 0, 8L << 30, 100L)),
            List.of(new DvdDrive("dvd0", null, false, 1)),
            List.of(new NetworkAdapter(
                    "lan", "00:15:5d:00:01:2a", false, null, null, List.of(new Port("http", 80, Protocol.TCP)))),
            new Devices(WatchdogAction.RESET, List.of(new ComPort(2, 5555)), new Screen(1024, 768), "Europe/Berlin"),
            new CloudInit("#cloud-config\npassword: $HOME \"ü\"", null, null, "/etc/kubehv/cloud-init/network-data"),
            Acceleration.PREFERRED,
            null);

    @Test
    void a_definition_comes_back_from_its_JSON_unchanged() {
        assertThat(VirtualMachineDefinition.fromJson(WEB.toJson())).isEqualTo(WEB);
    }

    @Test
    void the_JSON_is_one_line_with_the_fields_in_the_order_of_the_record() {
        assertThat(WEB.toJson())
                .startsWith("{\"namespace\":\"shop\",\"name\":\"web\",\"uuid\":")
                .doesNotContain("\n")
                .doesNotContain("restorePath");
    }

    @Test
    void a_memory_goes_on_under_another_name_and_with_disks_elsewhere_and_not_in_another_machine() {
        VirtualMachineDefinition elsewhere = VirtualMachineDefinition.fromJson(WEB.toJson()
                        .replace("\"name\":\"web\"", "\"name\":\"again\"")
                        .replace("\"namespace\":\"shop\"", "\"namespace\":\"lab\"")
                        .replace("\"path\":\"/disks/root/disk.img\"", "\"path\":\"/dev/kubehv/root\"")
                        .replace("\"sizeBytes\":8589934592,", ""))
                .ofGeneration("00000000-0000-4000-8000-000000000001")
                .resumedFrom("/saved/memory");
        assertThat(WEB.differences(elsewhere)).isEmpty();

        VirtualMachineDefinition other = VirtualMachineDefinition.fromJson(WEB.toJson()
                .replace("00:15:5d:00:01:2a", "00:15:5d:00:01:2b")
                .replace("\"startupBytes\":1073741824", "\"startupBytes\":536870912")
                .replace("\"readOnly\":false", "\"readOnly\":true"));
        assertThat(WEB.differences(other)).containsExactly("disks", "memory", "networkAdapters");
    }

    @Test
    void an_unknown_field_is_refused_with_its_path() {
        String json = WEB.toJson().replace("\"readOnly\":false", "\"readOnly\":false,\"shape\":\"round\"");
        assertThatThrownBy(() -> VirtualMachineDefinition.fromJson(json))
                .isInstanceOf(DefinitionException.class)
                .hasMessageContaining("unknown field \"disks[0].shape\"");
    }

    @Test
    void a_missing_field_is_refused_by_name() {
        String json = WEB.toJson().replace("\"uuid\":\"6f2f7f4e-0b0d-4b8e-9a51-7d6b1f0c2a11\",", "");
        assertThatThrownBy(() -> VirtualMachineDefinition.fromJson(json))
                .isInstanceOf(DefinitionException.class)
                .hasMessageContaining("uuid");
    }

    @Test
    void an_empty_name_is_refused() {
        String json = WEB.toJson().replace("\"name\":\"lan\"", "\"name\":\"\"");
        assertThatThrownBy(() -> VirtualMachineDefinition.fromJson(json))
                .isInstanceOf(DefinitionException.class)
                .hasMessage("networkAdapters[0]: field \"name\" is empty; it must have a value");
    }

    @Test
    void a_field_of_the_wrong_type_is_refused_by_name() {
        String json = WEB.toJson().replace("\"generation\":2", "\"generation\":\"two\"");
        assertThatThrownBy(() -> VirtualMachineDefinition.fromJson(json))
                .isInstanceOf(DefinitionException.class)
                .hasMessageContaining("field \"generation\"");
    }

    @Test
    void a_field_given_twice_is_refused() {
        String json = WEB.toJson().replace("\"generation\":2", "\"generation\":2,\"generation\":1");
        assertThatThrownBy(() -> VirtualMachineDefinition.fromJson(json)).isInstanceOf(DefinitionException.class);
    }

    @Test
    void text_that_is_not_JSON_is_refused() {
        assertThatThrownBy(() -> VirtualMachineDefinition.fromJson("name: web"))
                .isInstanceOf(DefinitionException.class)
                .hasMessageContaining("not JSON");
    }

    @Test
    void absent_lists_are_empty() {
        VirtualMachineDefinition bare = VirtualMachineDefinition.fromJson(
                "{\"namespace\":\"n\",\"name\":\"v\",\"uuid\":\"u\",\"generationId\":\"g\",\"generation\":1,"
                        + "\"processor\":{\"count\":1,\"maximum\":1,\"sockets\":1,\"threadsPerCore\":1,\"numaNodes\":1,"
                        + "\"model\":\"None\",\"virtualizationExtensions\":false},\"memory\":{\"startupBytes\":1,\"maximumBytes\":1},"
                        + "\"firmware\":{\"secureBoot\":\"OFF\"},\"security\":{\"tpm\":false,\"shielded\":false},"
                        + "\"devices\":{\"timeZone\":\"UTC\"},\"acceleration\":\"DISABLED\"}");
        assertThat(bare.disks()).isEmpty();
        assertThat(bare.dvdDrives()).isEmpty();
        assertThat(bare.networkAdapters()).isEmpty();
        assertThat(bare.devices().comPorts()).isEmpty();
        assertThat(bare.cloudInit()).isNull();
    }
}
