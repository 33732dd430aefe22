package io.kubehv.vmbus.adapter;

import io.kubehv.api.v1alpha1.NetworkPort;
import io.kubehv.api.v1alpha1.PortProtocol;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.hv.definition.VirtualMachineDefinition.Protocol;
import io.kubehv.hv.hotplug.Forward;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A network adapter that a VM's spec asks for.
 *
 * @param macAddress null: nobody has made one up yet
 * @param switchName the virtual switch; null: the default switch
 * @param connected whether its cable is in
 * @param forwards the ports that are to be reached through the pod's addresses
 */
public record WantedAdapter(
        String name,
        @Nullable String macAddress,
        @Nullable String switchName,
        boolean connected,
        Set<Forward> forwards) {
    /** All that a VM asks for. */
    public static List<WantedAdapter> of(VirtualMachine machine) {
        List<io.kubehv.api.v1alpha1.NetworkAdapter> adapters = Objects.requireNonNullElse(
                machine.getSpec().networkAdapters(), List.<io.kubehv.api.v1alpha1.NetworkAdapter>of());
        return adapters.stream()
                .map(adapter -> new WantedAdapter(
                        adapter.name(),
                        macAddress(machine, adapter),
                        adapter.switchName(),
                        !Boolean.FALSE.equals(adapter.connected()),
                        forwards(adapter)))
                .toList();
    }

    /** The operator keeps it in the status. One that the spec fixes holds when it is there too. */
    private static @Nullable String macAddress(VirtualMachine machine, io.kubehv.api.v1alpha1.NetworkAdapter adapter) {
        String known = Optional.ofNullable(machine.getStatus())
                .map(status -> status.identity())
                .map(identity -> identity.macAddresses())
                .map((Map<String, String> addresses) -> addresses.get(adapter.name()))
                .orElse(null);
        String fixed = adapter.macAddress();
        return fixed == null || fixed.isEmpty() || fixed.equalsIgnoreCase(known) ? known : null;
    }

    private static Set<Forward> forwards(io.kubehv.api.v1alpha1.NetworkAdapter adapter) {
        Set<Forward> forwards = new HashSet<>();
        for (NetworkPort port : Objects.requireNonNullElse(adapter.ports(), List.<NetworkPort>of())) {
            forwards.add(new Forward(port.protocol() == PortProtocol.UDP ? Protocol.UDP : Protocol.TCP, port.port()));
        }
        return forwards;
    }
}
