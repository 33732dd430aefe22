package io.kubehv.vmbus.machine;

import io.kubehv.hv.definition.VirtualMachineDefinition.NetworkAdapter;
import io.kubehv.hv.hotplug.Forward;
import io.kubehv.hv.hotplug.GuestNetwork;
import io.kubehv.hv.hotplug.LiveAdapters;
import io.kubehv.hv.hotplug.PresentAdapter;
import io.kubehv.vmbus.adapter.AdapterDevices;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The network adapters of a QEMU, over QMP. */
record QemuAdapters(LiveAdapters adapters) implements AdapterDevices {
    @Override
    public Set<Integer> places() {
        return QemuAnswers.asked(adapters::places);
    }

    @Override
    public List<PresentAdapter> present() {
        return QemuAnswers.asked(adapters::present);
    }

    @Override
    public void add(NetworkAdapter adapter, int place, GuestNetwork guest) {
        QemuAnswers.told(() -> adapters.add(adapter, place, guest));
    }

    @Override
    public boolean remove(String name) {
        return QemuAnswers.asked(() -> adapters.remove(name));
    }

    @Override
    public Optional<String> open(String name, Forward forward) {
        return QemuAnswers.asked(() -> adapters.open(name, forward));
    }

    @Override
    public void close(String name, Forward forward) {
        QemuAnswers.told(() -> adapters.close(name, forward));
    }

    @Override
    public void cable(String name, boolean connected) {
        QemuAnswers.told(() -> adapters.cable(name, connected));
    }
}
