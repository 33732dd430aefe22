package io.kubehv.operator.virtualmachine.dependent;

import io.kubehv.operator.OperatorSettings;
import java.util.Optional;

/** The settings of tests. */
public final class TestSettings implements OperatorSettings {
    private final int macPoolSize;

    public TestSettings() {
        this(1 << 24);
    }

    public TestSettings(int macPoolSize) {
        this.macPoolSize = macPoolSize;
    }

    @Override
    public String hypervisorImage() {
        return "kubehv/hypervisor:test";
    }

    @Override
    public String imagePullPolicy() {
        return "IfNotPresent";
    }

    @Override
    public Optional<String> imagePullSecret() {
        return Optional.empty();
    }

    @Override
    public int milliCpuPerProcessor() {
        return 100;
    }

    @Override
    public String diskVolumeAttributesClass() {
        return "kubehv-disk";
    }

    @Override
    public int macPoolSize() {
        return macPoolSize;
    }
}
