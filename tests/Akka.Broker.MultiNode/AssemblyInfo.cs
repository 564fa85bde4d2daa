[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

// Each test drives a cluster of processes: side by side they would only starve each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
