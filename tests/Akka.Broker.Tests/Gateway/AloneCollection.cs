namespace Akka.Broker.Tests.Gateway;

/// <summary>For tests that measure the process: nothing runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
