package io.kubehv.operator.network;

import io.kubehv.api.v1alpha1.VirtualSwitch;
import java.util.Map;
import java.util.Optional;

/** What a VM's place on switches depends on besides the VM. */
public interface NetworkLookup {
    /** A switch by its name. */
    Optional<VirtualSwitch> virtualSwitch(String name);

    /** The labels of a namespace. */
    Map<String, String> namespaceLabels(String namespace);

    /** Whether some VM has the MAC address, or asks for it. */
    boolean hasMac(String macAddress);

    /** The VM, as namespace/name, that runs with a MAC address or is about to; not the one of this UID. */
    Optional<String> runsWith(String macAddress, String exceptUid);

    /** The VM, as namespace/name, that has an address of a switch; not the one of this UID. */
    Optional<String> holder(String switchName, String address, String exceptUid);
}
