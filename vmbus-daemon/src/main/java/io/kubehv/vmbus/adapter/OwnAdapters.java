package io.kubehv.vmbus.adapter;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodIP;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition.NetworkAdapter;
import io.kubehv.hv.hotplug.PresentAdapter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a VM's pod says of its network adapters.
 *
 * @param adapters those that the VM started with, by name
 * @param ports the ports of virtual switches that the pod has asked its node for, by adapter
 * @param ipv6 whether the pod has an IPv6 address
 */
public record OwnAdapters(Map<String, NetworkAdapter> adapters, Map<String, SwitchPort> ports, boolean ipv6) {
    /** Of a VM that started without any. */
    public static final OwnAdapters NONE = new OwnAdapters(Map.of(), Map.of(), false);

    /** Copies the maps. */
    public OwnAdapters {
        adapters = Map.copyOf(adapters);
        ports = Map.copyOf(ports);
    }

    /** What a VM's pod says, and the definition in it. */
    public static OwnAdapters of(Pod pod, VirtualMachineDefinition definition) {
        return new OwnAdapters(
                definition.networkAdapters().stream()
                        .collect(Collectors.toMap(NetworkAdapter::name, Function.identity())),
                ports(pod),
                hasIpv6(pod));
    }

    private static Map<String, SwitchPort> ports(Pod pod) {
        String asked = Optional.ofNullable(pod.getMetadata().getAnnotations())
                .map(annotations -> annotations.get(KubeHV.SWITCH_PORTS_ANNOTATION))
                .orElse("[]");
        try {
            return SwitchPort.read(asked).stream()
                    .collect(Collectors.toMap(SwitchPort::adapter, Function.identity(), (first, second) -> first));
        } catch (IllegalArgumentException e) {
            // The operator alone writes it; what nobody can read asks for nothing.
            return Map.of();
        }
    }

    private static boolean hasIpv6(Pod pod) {
        List<PodIP> addresses = pod.getStatus() == null || pod.getStatus().getPodIPs() == null
                ? List.of()
                : pod.getStatus().getPodIPs();
        return addresses.stream()
                .anyMatch(address -> String.valueOf(address.getIp()).contains(":"));
    }

    /**
     * Whether the guest has it as it had it at the start. One that left and came back may be in another place, and its
     * network is another to QEMU: a memory that knows it so would not find it in a machine like the first.
     */
    boolean isAsAtStart(PresentAdapter adapter) {
        return !adapter.came() && has(adapter);
    }

    /** Whether it is one that the VM started with. */
    boolean has(PresentAdapter adapter) {
        NetworkAdapter own = adapters.get(adapter.name());
        return own != null
                && own.macAddress().equalsIgnoreCase(adapter.macAddress())
                && Optional.ofNullable(own.tap())
                        .map(VirtualMachineDefinition.Tap::device)
                        .equals(Optional.ofNullable(adapter.tap()));
    }
}
