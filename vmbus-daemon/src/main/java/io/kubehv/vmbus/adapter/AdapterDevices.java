package io.kubehv.vmbus.adapter;

import io.kubehv.hv.definition.VirtualMachineDefinition.NetworkAdapter;
import io.kubehv.hv.hotplug.Forward;
import io.kubehv.hv.hotplug.GuestNetwork;
import io.kubehv.hv.hotplug.PresentAdapter;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The network adapters of one QEMU, as {@link io.kubehv.hv.hotplug.LiveAdapters} does it; each method throws {@link
 * io.kubehv.vmbus.fault.HypervisorRefusedException} or {@link io.kubehv.vmbus.fault.HypervisorLostException}.
 */
public interface AdapterDevices {
    /** All places for adapters that can come and go; none where they can't. */
    Set<Integer> places();

    List<PresentAdapter> present();

    void add(NetworkAdapter adapter, int place, GuestNetwork guest);

    /** Returns whether nothing is left of it. */
    boolean remove(String name);

    /** Returns what QEMU has against it, if it has. */
    Optional<String> open(String name, Forward forward);

    void close(String name, Forward forward);

    void cable(String name, boolean connected);
}
