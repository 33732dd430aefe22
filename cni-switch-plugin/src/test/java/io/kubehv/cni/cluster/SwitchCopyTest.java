package io.kubehv.cni.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.SwitchNode;
import io.kubehv.api.v1alpha1.SwitchNodePort;
import io.kubehv.api.v1alpha1.SwitchScope;
import io.kubehv.api.v1alpha1.SwitchSubnet;
import io.kubehv.api.v1alpha1.SwitchType;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import io.kubehv.api.v1alpha1.VirtualSwitchSpec;
import io.kubehv.api.v1alpha1.VirtualSwitchStatus;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SwitchCopyTest {
    private static final Map<String, NodeFacts> FACTS = Map.of(
            "one", new NodeFacts("one", Map.of("rack", "a"), Optional.of(InetAddress.ofLiteral("172.18.0.2"))),
            "new", new NodeFacts("new", Map.of(), Optional.empty()));

    @TempDir
    private Path directory;

    private static VirtualSwitch virtualSwitch() {
        VirtualSwitch virtualSwitch = new VirtualSwitch();
        virtualSwitch.getMetadata().setName("lab");
        virtualSwitch.setSpec(new VirtualSwitchSpec(
                SwitchType.INTERNAL,
                SwitchScope.CLUSTER,
                null,
                null,
                List.of(new SwitchSubnet("10.0.5.0/24", null, null, true, true, null, null)),
                null,
                1400));
        virtualSwitch.setStatus(new VirtualSwitchStatus(
                1L,
                4711,
                1,
                List.of(new SwitchNode(
                        "one",
                        true,
                        null,
                        "172.18.0.2",
                        null,
                        null,
                        1400,
                        List.of(new SwitchNodePort("default/a/lan", "00:15:5d:00:00:0a")))),
                null));
        return virtualSwitch;
    }

    @Test
    void a_start_without_an_api_server_makes_the_same_of_the_copy_as_of_the_cluster() throws Exception {
        SwitchCopy copy = new SwitchCopy(directory.resolve("run").resolve("switches.json"));
        assertThat(copy.read()).isEmpty();
        copy.write(SwitchCopy.Contents.of(List.of(virtualSwitch()), FACTS));
        SwitchCopy.Contents read = copy.read().orElseThrow();
        assertThat(read.facts()).isEqualTo(FACTS);
        assertThat(new SwitchResolver("one", read.facts(), address -> 1500, link -> 1500)
                        .resolve(read.switches().getFirst()))
                .isPresent()
                .isEqualTo(new SwitchResolver("one", FACTS, address -> 1500, link -> 1500).resolve(virtualSwitch()));
    }

    @Test
    void a_newer_copy_takes_the_place_of_an_older_one_and_leaves_no_other_file() throws Exception {
        SwitchCopy copy = new SwitchCopy(directory.resolve("switches.json"));
        copy.write(SwitchCopy.Contents.of(List.of(virtualSwitch()), FACTS));
        copy.write(SwitchCopy.Contents.of(List.of(), Map.of()));
        assertThat(copy.read().orElseThrow().switches()).isEmpty();
        assertThat(directory).isDirectoryContaining(file -> file.endsWith("switches.json"));
        assertThat(directory.toFile().list()).hasSize(1);
    }
}
