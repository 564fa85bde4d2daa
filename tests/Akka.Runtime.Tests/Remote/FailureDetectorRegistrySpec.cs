using Akka.Remote;

namespace Akka.Runtime.Tests.Remote;

public sealed class FailureDetectorRegistrySpec
{
    private readonly ManualClock _clock = new();
    private readonly DefaultFailureDetectorRegistry<string> _registry;
    private int _made;

    public FailureDetectorRegistrySpec() => _registry = new DefaultFailureDetectorRegistry<string>(() =>
    {
        _made++;
        return new DeadlineFailureDetector(TimeSpan.FromSeconds(1), _clock.Read);
    });

    [Fact]
    public void Each_resource_has_its_own_detector_from_its_first_heartbeat()
    {
        Assert.True(_registry.IsAvailable("a"));
        Assert.False(_registry.IsMonitoring("a"));
        Assert.Equal(0, _made);
        _registry.Heartbeat("a");
        _clock.NowMs += 600;
        _registry.Heartbeat("b");
        _clock.NowMs += 600;
        Assert.False(_registry.IsAvailable("a"));
        Assert.True(_registry.IsAvailable("b"));
        Assert.Equal(2, _made);
    }

    [Fact]
    public void A_resource_that_was_removed_starts_again()
    {
        _registry.Heartbeat("a");
        _clock.NowMs += 5_000;
        _registry.Remove("a");
        Assert.True(_registry.IsAvailable("a"));
        Assert.False(_registry.IsMonitoring("a"));
        _registry.Heartbeat("a");
        Assert.True(_registry.IsMonitoring("a"));
    }

    [Fact]
    public void Reset_forgets_all()
    {
        _registry.Heartbeat("a");
        _registry.Heartbeat("b");
        _registry.Reset();
        Assert.False(_registry.IsMonitoring("a"));
        Assert.False(_registry.IsMonitoring("b"));
    }
}
