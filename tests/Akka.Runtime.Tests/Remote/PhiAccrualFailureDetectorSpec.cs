using Akka.Configuration;
using Akka.Remote;
using Akka.Tests;

namespace Akka.Runtime.Tests.Remote;

public sealed class PhiAccrualFailureDetectorSpec : PatientTestKit
{
    private readonly ManualClock _clock = new();

    /// <summary>Values of -log10(1 - Φ((x - mean) / deviation)), to which the logistic approximation comes near.</summary>
    [Theory]
    [InlineData(0, 0.0)]
    [InlineData(500, 0.1)]
    [InlineData(1000, 0.3)]
    [InlineData(1200, 1.6)]
    [InlineData(1400, 4.7)]
    [InlineData(1600, 10.8)]
    [InlineData(1700, 15.3)]
    public void Phi_rises_with_the_silence_in_units_of_the_deviation(double silenceMs, double expected)
    {
        var phi = PhiAccrualFailureDetector.Phi(silenceMs, meanMs: silenceMs == 500 ? 600 : 1000, stdDeviationMs: 100);
        Assert.InRange(phi, expected - 0.1, expected + 0.1);
    }

    [Fact]
    public void Phi_never_falls_and_stays_finite_however_long_the_silence()
    {
        var last = 0.0;
        for (long silenceMs = 0; silenceMs < 1L << 40; silenceMs += 1 + (silenceMs / 16))
        {
            var phi = PhiAccrualFailureDetector.Phi(silenceMs, 1000, 100);
            Assert.True(double.IsFinite(phi) && phi >= last, $"phi is {phi} at {silenceMs} ms after {last}");
            last = phi;
        }
    }

    [Fact]
    public void A_resource_that_was_never_heard_of_is_available_and_not_monitored()
    {
        var detector = Detector();
        _clock.NowMs = 1_000_000;
        Assert.True(detector.IsAvailable);
        Assert.False(detector.IsMonitoring);
    }

    /// <summary>One heartbeat a second, threshold 8, no pause unless it says so; then silence.</summary>
    [Theory]
    [InlineData(0, 1_000, true)]
    [InlineData(0, 1_400, true)]
    [InlineData(0, 1_600, false)]
    [InlineData(3_000, 4_400, true)]
    [InlineData(3_000, 4_600, false)]
    [InlineData(3_000, 1_000_000, false)]
    public void Silence_leads_to_suspicion_past_the_pause_and_some_deviations(int pauseMs, int silenceMs, bool available)
    {
        var detector = Detector(pauseMs: pauseMs);
        Beat(detector, Enumerable.Repeat(1000, 50));
        _clock.NowMs += silenceMs;
        Assert.Equal(available, detector.IsAvailable);
        Assert.True(detector.IsMonitoring);
    }

    [Fact]
    public void One_heartbeat_is_enough_to_suspect_later()
    {
        var detector = Detector();
        detector.HeartBeat();
        _clock.NowMs += 1_000;
        Assert.True(detector.IsAvailable);
        _clock.NowMs += 9_000;
        Assert.False(detector.IsAvailable);
    }

    [Fact]
    public void A_heartbeat_after_suspicion_makes_available_and_the_pause_is_not_learned()
    {
        var detector = Detector();
        Beat(detector, Enumerable.Repeat(1000, 20));
        _clock.NowMs += 60_000;
        Assert.False(detector.IsAvailable);
        detector.HeartBeat();
        Assert.True(detector.IsAvailable);
        _clock.NowMs += 1_600;
        Assert.False(detector.IsAvailable);
    }

    [Fact]
    public void Irregular_heartbeats_are_given_more_time()
    {
        var detector = Detector();
        Beat(detector, Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? 500 : 1500));
        _clock.NowMs += 2_500;
        Assert.True(detector.IsAvailable);
    }

    [Fact]
    public void Only_the_newest_intervals_count()
    {
        var detector = Detector(samples: 3);
        Beat(detector, [700, 800, 900, 1000, 1000, 1000]);
        _clock.NowMs += 1_000;
        Assert.InRange(detector.CurrentPhi, 0.29, 0.31);
    }

    [Fact]
    public void History_holds_mean_and_deviation_of_what_it_kept()
    {
        var random = new Random(7);
        var history = new HeartbeatHistory(20);
        var all = new List<long>();
        for (var i = 0; i < 1_000; i++)
        {
            all.Add(random.Next(0, 100_000));
            history.Add(all[^1]);
            var kept = all.TakeLast(20).ToList();
            var mean = kept.Average();
            Assert.Equal(kept.Count, history.Count);
            Assert.Equal(mean, history.Mean, 6);
            Assert.Equal(Math.Sqrt(kept.Average(each => (each - mean) * (each - mean))), history.StdDeviation, 3);
        }
    }

    [Theory]
    [InlineData("threshold", 0.0, 100, 100, 0, 1000)]
    [InlineData("max-sample-size", 8.0, 0, 100, 0, 1000)]
    [InlineData("min-std-deviation", 8.0, 100, 0, 0, 1000)]
    [InlineData("acceptable-heartbeat-pause", 8.0, 100, 100, -1, 1000)]
    [InlineData("heartbeat-interval", 8.0, 100, 100, 0, 0)]
    public void A_setting_out_of_range_is_refused_by_name(string key, double threshold, int samples, int deviationMs, int pauseMs, int firstMs)
    {
        var error = Assert.Throws<ArgumentException>(() => new PhiAccrualFailureDetector(
            threshold, samples, TimeSpan.FromMilliseconds(deviationMs), TimeSpan.FromMilliseconds(pauseMs), TimeSpan.FromMilliseconds(firstMs)));
        Assert.StartsWith(key, error.Message);
    }

    [Fact]
    public void A_configuration_makes_the_detector_that_it_names()
    {
        var config = ConfigurationFactory.ParseString("""
            threshold = 9.0, max-sample-size = 10, min-std-deviation = 100ms, acceptable-heartbeat-pause = 3s, heartbeat-interval = 1s
            """);
        var detector = FailureDetectorLoader.Load("Akka.Remote.PhiAccrualFailureDetector, Akka.Remote", config, Sys);
        Assert.IsType<PhiAccrualFailureDetector>(detector);
        detector.HeartBeat();
        Assert.True(detector.IsAvailable);
    }

    private PhiAccrualFailureDetector Detector(int pauseMs = 0, int samples = 1000) => new(
        8, samples, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(pauseMs), TimeSpan.FromSeconds(1), _clock.Read);

    private void Beat(FailureDetector detector, IEnumerable<int> intervals)
    {
        detector.HeartBeat();
        foreach (var interval in intervals)
        {
            _clock.NowMs += interval;
            detector.HeartBeat();
        }
    }
}
