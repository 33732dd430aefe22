package io.kubehv.operator.virtualmachine;

import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.NetworkAdapter;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * Who a VM is. An identity is made up once and then only ever completed (an adapter that was added); the caller stores
 * it in the status before anything starts with it.
 */
@ApplicationScoped
public class Identities {
    /** Hyper-V's prefix: Microsoft's, 00:15:5d. */
    private static final String PREFIX = "00:15:5d";

    private final SecureRandom random = new SecureRandom();
    private final Set<String> handedOut = new HashSet<>();

    /** The VM's identity, with what it lacks made up; {@code taken} tells a MAC address that some VM has. */
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
                addresses.put(adapter.name(), fixed.toLowerCase(Locale.ROOT));
            } else {
                addresses.computeIfAbsent(adapter.name(), name -> address(taken));
            }
        }
        return new Identity(
                Optional.ofNullable(known.uuid())
                        .orElseGet(() -> UUID.randomUUID().toString()),
                Optional.ofNullable(known.generationId())
                        .orElseGet(() -> UUID.randomUUID().toString()),
                addresses.isEmpty() ? null : addresses);
    }

    /** Two VMs in one moment get two addresses, though neither is in any status yet. */
    private synchronized String address(Predicate<String> taken) {
        while (true) {
            byte[] own = new byte[3];
            random.nextBytes(own);
            String address = "%s:%02x:%02x:%02x".formatted(PREFIX, own[0], own[1], own[2]);
            if (!taken.test(address) && handedOut.add(address)) {
                return address;
            }
        }
    }
}
