package io.kubehv.operator.virtualmachine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.Disk;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.operator.virtualmachine.dependent.TemplateDisk;
import org.junit.jupiter.api.Test;

class DiskResolutionTest {
    private static final PersistentVolumeClaim CLAIM = Serialization.unmarshal("""
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: data, namespace: shop}
            spec: {volumeMode: Filesystem, resources: {requests: {storage: 64Mi}}}
            """, PersistentVolumeClaim.class);

    private final VirtualMachine machine = Fixtures.web();

    @Test
    void a_disk_that_can_not_be_written_is_never_made() {
        assertThat(resolve("{name: d, persistentVolumeClaim: data}", null).blankBytes())
                .isEqualTo(60L << 20);
        assertThat(resolve("{name: d, persistentVolumeClaim: data, readOnly: true}", null)
                        .blankBytes())
                .isNull();
    }

    @Test
    void a_blank_disk_has_whole_sectors() {
        Disk template = disk("{name: d, template: {size: '2000001', blank: {}}}");

        assertThat(DiskResolution.resolve(machine, template, TemplateDisk.desired(machine, template), CLAIM)
                        .blankBytes())
                .isEqualTo(2_000_384);
    }

    @Test
    void a_template_whose_size_was_raised_lets_its_disk_grow() {
        Disk before = disk("{name: d, template: {size: 1Gi, blank: {}}}");
        VirtualHardDisk made = TemplateDisk.desired(machine, before);

        assertThat(DiskResolution.resolve(machine, before, made, CLAIM).outdatedTemplate())
                .isNull();
        assertThat(resolve("{name: d, template: {size: 1024Mi, blank: {}}}", made)
                        .outdatedTemplate())
                .isNull();
        assertThat(resolve("{name: d, template: {size: 2Gi, blank: {}}}", made).outdatedTemplate())
                .isSameAs(made);
    }

    private ResolvedDisk resolve(String disk, VirtualHardDisk virtualHardDisk) {
        return DiskResolution.resolve(machine, disk(disk), virtualHardDisk, CLAIM);
    }

    private static Disk disk(String yaml) {
        return Serialization.unmarshal("---\n" + yaml, Disk.class);
    }
}
