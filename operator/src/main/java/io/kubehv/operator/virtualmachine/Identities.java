package io.kubehv.operator.virtualmachine;

import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.NetworkAdapter;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.network.MacAddresses;
import io.kubehv.operator.network.MacPool;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * Who a VM is. An identity is made up once and then only ever completed (an adapter that was added); the caller stores
 * it in the status before anything starts with it.
 */
@ApplicationScoped
public class Identities {
    private final MacPool pool;

    public Identities(MacPool pool) {
        this.pool = pool;
    }

    /**
     * The VM's identity, with what it lacks made up; {@code taken} tells a MAC address that some VM has. When the pool is
     * exhausted, an adapter stays without one.
     */
    public Identity complete(VirtualMachine machine, Predicate<String> taken) {
        Identity known = Optional.ofNullable(machine.getStatus())
                .map(VirtualMachineStatus::identity)
                .orElse(new Identity(null, null, null));
        Map<String, String> addresses =
                known.macAddresses() == null ? new TreeMap<>() : new TreeMap<>(known.macAddresses());
        List<NetworkAdapter> adapters = machine.getSpec().networkAdapters();
        for (NetworkAdapter adapter : adapters == null ? List.<NetworkAdapter>of() : adapters) {
            String fixed = adapter.macAddress();
            if (fixed != null && !fixed.isEmpty()) {
                addresses.put(adapter.name(), MacAddresses.normal(fixed));
            } else if (!addresses.containsKey(adapter.name())) {
                pool.next(taken).ifPresent(address -> addresses.put(adapter.name(), address));
            }
        }
        return new Identity(
                Optional.ofNullable(known.uuid())
                        .orElseGet(() -> UUID.randomUUID().toString()),
                Optional.ofNullable(known.generationId())
                        .orElseGet(() -> UUID.randomUUID().toString()),
                addresses.isEmpty() ? null : addresses,
                known.networks());
    }
}
