using System.Collections.Concurrent;

namespace Akka.Remote;

/// <summary>Makes a resource's detector at its first heartbeat. May be used from any thread.</summary>
public class DefaultFailureDetectorRegistry<T>(Func<FailureDetector> factory) : IFailureDetectorRegistry<T>
    where T : notnull
{
    private readonly ConcurrentDictionary<T, FailureDetector> _detectors = new();

    public bool IsAvailable(T resource) => !_detectors.TryGetValue(resource, out var detector) || detector.IsAvailable;

    public bool IsMonitoring(T resource) => _detectors.TryGetValue(resource, out var detector) && detector.IsMonitoring;

    public void Heartbeat(T resource)
    {
        if (!_detectors.TryGetValue(resource, out var detector))
        {
            var made = factory();
            if (made is PhiAccrualFailureDetector phi)
                phi.Address = resource.ToString() ?? "";
            detector = _detectors.GetOrAdd(resource, made);
        }
        detector.HeartBeat();
    }

    public void Remove(T resource) => _detectors.TryRemove(resource, out _);

    public void Reset() => _detectors.Clear();

    internal FailureDetector? DetectorOf(T resource) => _detectors.GetValueOrDefault(resource);
}
