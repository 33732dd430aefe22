package io.kubehv.operator.virtualmachine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kubehv.api.v1alpha1.CheckpointApply;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.NetworkAdapter;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.Owners;
import io.kubehv.operator.network.MacAddresses;
import io.kubehv.operator.network.MacPool;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Who a VM is. An identity is made up once and then only ever completed (an adapter that was added), but for the generation
 * id, which is another one after each way back to a checkpoint. The caller stores it in the status before anything starts
 * with it.
 */
@ApplicationScoped
public class Identities {
    private static final Logger LOG = Logger.getLogger(Identities.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final MacPool pool;

    public Identities(MacPool pool) {
        this.pool = pool;
    }

    /** Who it was before it was imported. A copy is somebody else, and time went back in any case: no generation id. */
    private static Identity imported(VirtualMachine machine) {
        Map<String, String> annotations = machine.getMetadata().getAnnotations();
        String noted = annotations == null ? null : annotations.get(KubeHV.IMPORTED_IDENTITY_ANNOTATION);
        try {
            @Nullable Identity was = noted == null ? null : JSON.readValue(noted, Identity.class);
            return was == null || was.uuid() == null
                    ? new Identity(null, null, null)
                    : new Identity(UUID.fromString(was.uuid()).toString(), null, was.macAddresses());
        } catch (JsonProcessingException | IllegalArgumentException e) {
            LOG.warnf(
                    "%s: its annotation %s is no identity, and is left out of account",
                    Owners.key(machine), KubeHV.IMPORTED_IDENTITY_ANNOTATION);
            return new Identity(null, null, null);
        }
    }

    /** The generation id of a VM that has gone back to a checkpoint: each way back has its own, however often it is asked for. */
    public static String generationAfter(CheckpointApply apply) {
        String way = KubeHV.GROUP + "/checkpointapply/" + apply.getMetadata().getUid();
        return UUID.nameUUIDFromBytes(way.getBytes(StandardCharsets.UTF_8)).toString();
    }

    /**
     * The VM's identity, with what it lacks made up; {@code taken} tells a MAC address that some VM has. When the pool is
     * exhausted, an adapter stays without one.
     */
    public Identity complete(VirtualMachine machine, Predicate<String> taken) {
        Identity known = Optional.ofNullable(machine.getStatus())
                .map(VirtualMachineStatus::identity)
                .orElseGet(() -> imported(machine));
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
