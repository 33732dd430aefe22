package io.kubehv.operator.virtualmachine;

import io.kubehv.api.v1alpha1.VirtualMachine;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Which VMs use a disk or a switch, for whoever else needs to know: the cache of VMs is kept once. */
@ApplicationScoped
public class MachineIndex {
    private final AtomicReference<@Nullable MachineSources> sources = new AtomicReference<>();

    void set(MachineSources watched) {
        sources.set(watched);
    }

    /** The VMs whose disks are on a claim. */
    public List<VirtualMachine> users(String namespace, String claim) {
        MachineSources watched = sources.get();
        return watched == null ? List.of() : watched.users(namespace, claim);
    }

    /** The VMs, as namespace/name, that have an adapter on a switch. */
    public List<String> usersOfSwitch(String name) {
        MachineSources watched = sources.get();
        return watched == null ? List.of() : watched.usersOfSwitch(name);
    }

    /** Whether there is such a claim, a user's own included. */
    public boolean hasClaim(String namespace, String claim) {
        MachineSources watched = sources.get();
        return watched != null && watched.claim(namespace, claim).isPresent();
    }
}
