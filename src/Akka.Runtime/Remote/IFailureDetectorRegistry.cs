namespace Akka.Remote;

/// <summary>A failure detector for each resource that was ever heard of.</summary>
public interface IFailureDetectorRegistry<T>
{
    /// <summary>True also for a resource that is not known.</summary>
    bool IsAvailable(T resource);

    bool IsMonitoring(T resource);

    void Heartbeat(T resource);

    void Remove(T resource);

    void Reset();
}
