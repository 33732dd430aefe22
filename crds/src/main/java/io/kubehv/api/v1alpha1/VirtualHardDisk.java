package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** A virtual hard disk: a claim of the same name and what is on it at first. */
@JsonClassDescription("A virtual hard disk: a PersistentVolumeClaim of the same name, and what is on it at first.")
@Group(KubeHV.GROUP)
@Version(KubeHV.VERSION)
@Kind("VirtualHardDisk")
@ShortNames("vhd")
@AdditionalPrinterColumn(
        name = "Phase",
        jsonPath = ".status.phase",
        getDescription = "Pending, Importing, Ready, Failed")
@AdditionalPrinterColumn(
        name = "Ready",
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].status",
        getDescription = "True when the disk can be attached")
@AdditionalPrinterColumn(name = "Progress", jsonPath = ".status.progress", getDescription = "How far the import is")
@AdditionalPrinterColumn(name = "Size", jsonPath = ".spec.size", getDescription = "What the guest sees")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason", priority = 1)
public class VirtualHardDisk extends CustomResource<VirtualHardDiskSpec, VirtualHardDiskStatus> implements Namespaced {}
