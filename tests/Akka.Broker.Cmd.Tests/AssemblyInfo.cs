[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

// Some tests run brokers as processes; on two cores they would only starve each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
