package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.fault.SwitchException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes and removes the ports of pods. Safe to call from several threads; CNI promises that calls for one container never
 * overlap, which is not relied on.
 */
public interface PortService {
    /**
     * A pod's sandbox.
     *
     * @param containerId the runtime's name of the sandbox
     * @param namespacePath the network namespace's file, such as {@code /var/run/netns/cni-…}
     * @param interfaceName CNI's own: {@code eth0} where we are chained
     * @param podNamespace empty where the runtime does not tell, as the two below
     */
    record Attachment(
            String containerId,
            String namespacePath,
            String interfaceName,
            String podNamespace,
            String podName,
            String podUid) {}

    /** Makes all ports that are missing and changes those that differ; idempotent. Returns the pods' side of them. */
    List<PortInterface> add(Attachment attachment, List<SwitchPort> ports) throws SwitchException;

    /**
     * What a pod asks for that is to use a switch itself.
     *
     * @param network the CNI network's name
     * @param switchName the VirtualSwitch
     * @param vlan the VLAN that it is in; 0: none
     * @param macAddress its own; null: one is made up
     */
    record PodNetwork(
            String network,
            String switchName,
            int vlan,
            @Nullable String macAddress) {}

    /**
     * What a pod got.
     *
     * @param link the node's end
     * @param name the pod's end
     * @param subnets those that its addresses are of, in their order
     */
    record PodInterface(
            String link, String name, String macAddress, int mtu, List<String> addresses, List<Subnet> subnets) {}

    /** Puts the pod on the switch by an interface of its own; idempotent. */
    PodInterface attach(Attachment attachment, PodNetwork network) throws SwitchException;

    /** Fails where the pod is not on the switch as {@link #attach} puts it. */
    void check(Attachment attachment, PodNetwork network) throws SwitchException;

    /** Fails where one of the ports is not, in every part, as {@link #add} makes it. */
    void check(Attachment attachment, List<SwitchPort> ports) throws SwitchException;

    /** Removes all ports of the container's attachment, whether or not the namespace is there; idempotent. */
    void remove(String containerId, String interfaceName) throws SwitchException;

    /**
     * Removes the ports of attachments that are not in the set; goes on after an error, and throws the first at the end.
     *
     * @param network the CNI network that the set is of, where that is nothing but a switch; empty: the pods' own
     */
    void collect(Optional<String> network, Set<ContainerInterface> valid) throws SwitchException;

    /** Null when ADD can be served; else the reason. */
    @Nullable
    String unavailable();
}
