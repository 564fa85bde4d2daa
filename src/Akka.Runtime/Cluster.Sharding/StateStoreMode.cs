namespace Akka.Cluster.Sharding;

/// <summary>Where coordinators keep their state in Akka.NET. Here it is in memory, learnt from the regions.</summary>
public enum StateStoreMode
{
    Persistence = 0,
    DData = 1,
    Custom = 2,
}
