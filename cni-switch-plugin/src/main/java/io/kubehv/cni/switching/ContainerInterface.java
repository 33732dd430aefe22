package io.kubehv.cni.switching;

/** An attachment as CNI names it: a container and the interface that the call was for. */
public record ContainerInterface(String containerId, String interfaceName) {}
