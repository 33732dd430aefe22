package io.kubehv.operator.virtualmachine.dependent;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.kubehv.api.v1alpha1.AdapterBandwidth;
import io.kubehv.api.v1alpha1.DerivedName;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.NetworkAdapter;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import io.kubehv.api.v1alpha1.Vlan;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.operator.pod.Hardening;
import io.kubehv.operator.pod.PodFacts;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The ports of switches that a VM's pod asks the node's switch daemon for, and what of them changes while it runs. */
public final class SwitchPorts {
    private static final int MOST_QUEUES = 8;
    private static final int LONGEST_HOST_NAME = 63;

    private SwitchPorts() {}

    /** The port of an adapter that is on a switch. */
    public static SwitchPort desired(
            VirtualMachine machine, NetworkAdapter adapter, String macAddress, List<String> addresses) {
        AdapterBandwidth bandwidth = adapter.bandwidth();
        return new SwitchPort(
                adapter.name(),
                Objects.requireNonNull(adapter.switchName()),
                DerivedName.ofTap(adapter.name()),
                queues(machine.getSpec(), adapter),
                Hardening.USER,
                macAddress,
                addresses,
                hostName(machine),
                !Boolean.FALSE.equals(adapter.connected()),
                Boolean.TRUE.equals(adapter.macAddressSpoofing()),
                Boolean.TRUE.equals(adapter.dhcpGuard()),
                Boolean.TRUE.equals(adapter.routerGuard()),
                adapter.vlan(),
                adapter.portMirroring(),
                bandwidth == null ? null : bits(bandwidth.maximum()),
                bandwidth == null ? null : bandwidth.minimumWeight(),
                bandwidth == null ? null : bits(bandwidth.minimum()),
                adapter.accessControl() == null ? List.of() : adapter.accessControl(),
                adapter.stormLimit(),
                null);
    }

    /** What connects QEMU to the port; null for an adapter on the default switch. */
    static VirtualMachineDefinition.@Nullable Tap tap(VirtualMachineSpec spec, NetworkAdapter adapter) {
        return adapter.switchName() == null
                ? null
                : new VirtualMachineDefinition.Tap(DerivedName.ofTap(adapter.name()), queues(spec, adapter));
    }

    /** What the schema can't say: a range of VLANs that ends before it begins. */
    public static Optional<String> problem(NetworkAdapter adapter) {
        Vlan vlan = adapter.vlan();
        if (vlan == null || vlan.trunk() == null) {
            return Optional.empty();
        }
        for (String range : vlan.trunk().allowed().split(",", -1)) {
            List<String> ends = List.of(range.split("-", 2));
            if (Integer.parseInt(ends.getFirst()) > Integer.parseInt(ends.getLast())) {
                return Optional.of("vlan.trunk.allowed has the range " + range
                        + ", which ends before it begins; write the lower VLAN first");
            }
        }
        return Optional.empty();
    }

    /** The ports that a pod asks for. */
    public static List<SwitchPort> of(Pod pod) {
        String annotation = new PodFacts(pod).annotation(KubeHV.SWITCH_PORTS_ANNOTATION);
        return annotation.isEmpty() ? List.of() : SwitchPort.read(annotation);
    }

    /**
     * The ports of a pod that runs, with what it takes on of those that it should have. What QEMU was started with stays as
     * it is; so does a port that is no more, or can't be where it should, until the VM starts anew.
     */
    public static List<SwitchPort> live(List<SwitchPort> present, List<SwitchPort> desired) {
        Map<String, SwitchPort> byAdapter =
                desired.stream().collect(Collectors.toMap(SwitchPort::adapter, Function.identity()));
        return present.stream()
                .map(port -> Optional.ofNullable(byAdapter.get(port.adapter()))
                        .map(wanted -> live(port, wanted))
                        .orElse(port))
                .toList();
    }

    private static SwitchPort live(SwitchPort present, SwitchPort wanted) {
        return new SwitchPort(
                present.adapter(),
                wanted.switchName(),
                present.device(),
                present.queues(),
                present.owner(),
                present.macAddress(),
                wanted.addresses(),
                present.hostName(),
                wanted.connected(),
                wanted.macAddressSpoofing(),
                wanted.dhcpGuard(),
                wanted.routerGuard(),
                wanted.vlan(),
                wanted.portMirroring(),
                wanted.maximumBitsPerSecond(),
                wanted.minimumWeight(),
                wanted.minimumBitsPerSecond(),
                wanted.accessControl(),
                wanted.stormLimit(),
                present.mtu());
    }

    /** A pair for each processor that it can come to have: queues don't come later. */
    private static int queues(VirtualMachineSpec spec, NetworkAdapter adapter) {
        return Boolean.TRUE.equals(adapter.legacy())
                ? 1
                : Math.min(ProcessorSettings.definition(spec.processor()).maximum(), MOST_QUEUES);
    }

    /** What DHCP tells a guest as its name is one label. */
    private static String hostName(VirtualMachine machine) {
        String label = machine.getMetadata().getName().split("\\.", 2)[0];
        return label.length() <= LONGEST_HOST_NAME
                ? label
                : label.substring(0, LONGEST_HOST_NAME).replaceAll("-+$", "");
    }

    private static @Nullable Long bits(@Nullable Quantity quantity) {
        return quantity == null
                ? null
                : (Long) Quantity.getAmountInBytes(quantity).longValue();
    }
}
