package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.netlink.Link;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;

/** The interfaces of a port, of which the node's end is on the switch's bridge; what the pod has of it differs. */
interface PodSide {
    /** Makes what is missing, and puts the port on the bridge; the node's end of it. */
    Link ensure(String link, SwitchPort port, Path namespacePath, Link bridge, SwitchConfiguration configuration)
            throws IOException, SwitchException;

    /** Whether all interfaces are there as {@link #ensure} makes them; else what is not. */
    Optional<String> damage(String link, SwitchPort port, Path namespacePath, Link bridge) throws IOException;

    /** Removes one port's interfaces, whether or not the pod's namespace is still there. */
    void remove(String link, SwitchPort port, Path namespacePath) throws IOException;

    /**
     * Removes the interfaces of all ports of an attachment.
     *
     * @param links the node's ends
     */
    void removeAll(Collection<String> links, Path namespacePath) throws IOException;
}
