using Akka.Remote;

namespace Akka.Runtime.Tests.Remote;

public sealed class DeadlineFailureDetectorSpec
{
    private readonly ManualClock _clock = new();

    [Theory]
    [InlineData(0, true)]
    [InlineData(4_999, true)]
    [InlineData(5_000, false)]
    [InlineData(50_000, false)]
    public void Silence_is_allowed_for_interval_and_pause(int silenceMs, bool available)
    {
        var detector = Detector();
        detector.HeartBeat();
        _clock.NowMs += silenceMs;
        Assert.Equal(available, detector.IsAvailable);
        detector.HeartBeat();
        Assert.True(detector.IsAvailable);
    }

    [Fact]
    public void A_resource_that_was_never_heard_of_is_available_and_not_monitored()
    {
        var detector = Detector();
        _clock.NowMs = 1_000_000;
        Assert.True(detector.IsAvailable);
        Assert.False(detector.IsMonitoring);
        detector.HeartBeat();
        Assert.True(detector.IsMonitoring);
    }

    [Theory]
    [InlineData("acceptable-heartbeat-pause", -1, 1)]
    [InlineData("heartbeat-interval", 1, -1)]
    [InlineData("heartbeat-interval", 0, 0)]
    public void A_setting_out_of_range_is_refused_by_name(string key, int pauseMs, int intervalMs)
    {
        var error = Assert.Throws<ArgumentException>(
            () => new DeadlineFailureDetector(TimeSpan.FromMilliseconds(pauseMs), TimeSpan.FromMilliseconds(intervalMs)));
        Assert.StartsWith(key, error.Message);
    }

    private DeadlineFailureDetector Detector() => new(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(1), _clock.Read);
}
