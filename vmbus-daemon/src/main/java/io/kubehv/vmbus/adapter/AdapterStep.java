package io.kubehv.vmbus.adapter;

import io.kubehv.hv.definition.VirtualMachineDefinition.NetworkAdapter;
import io.kubehv.hv.hotplug.Forward;

/** One thing to do about a network adapter. */
sealed interface AdapterStep {
    /** The adapter's name. */
    String name();

    /** Take it from the machine, or clear away what is left of it. */
    record Remove(String name) implements AdapterStep {}

    /** Give it to the machine. */
    record Add(NetworkAdapter adapter, int place) implements AdapterStep {
        @Override
        public String name() {
            return adapter.name();
        }
    }

    /** Nothing can be done yet. */
    record Wait(String name, String why) implements AdapterStep {}

    /** Let a port be reached. */
    record Open(String name, Forward forward) implements AdapterStep {}

    /** Let a port be reached no more. */
    record Close(String name, Forward forward) implements AdapterStep {}
}
