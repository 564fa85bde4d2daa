[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

// Each test runs a broker and its clients; on two cores they would only starve each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
