using Akka.Configuration;
using Akka.Event;

namespace Akka.Remote;

/// <summary>
/// Suspects a resource by how unusual its silence is: phi is -log10 of the probability that a heartbeat comes still later than now, with
/// intervals normally distributed as those of late were. The resource counts as lost from <c>threshold</c> on.
/// <para>
/// The acceptable pause is added to the mean, so a silence as long as that raises no suspicion. The first heartbeat stands for two
/// intervals around the estimate, so that detection works from the start. A pause that led to suspicion is not learned.
/// </para>
/// (Hayashibara, Défago, Yared, Katayama: The φ accrual failure detector; the distribution by its logistic approximation.)
/// </summary>
public class PhiAccrualFailureDetector : FailureDetector
{
    private const long Never = long.MinValue;

    private readonly Lock _lock = new();
    private readonly Clock _clock;
    private readonly EventStream? _eventStream;
    private readonly double _threshold;
    private readonly double _minStdDeviationMs;
    private readonly double _acceptablePauseMs;
    private readonly long _firstEstimateMs;
    private readonly HeartbeatHistory _history;
    private long _lastHeartbeat = Never;

    public PhiAccrualFailureDetector(
        double threshold, int maxSampleSize, TimeSpan minStdDeviation, TimeSpan acceptableHeartbeatPause, TimeSpan firstHeartbeatEstimate, Clock? clock = null)
        : this(threshold, maxSampleSize, minStdDeviation, acceptableHeartbeatPause, firstHeartbeatEstimate, clock, null)
    {
    }

    public PhiAccrualFailureDetector(Config config, EventStream ev)
        : this(
            config.GetDouble("threshold"),
            config.GetInt("max-sample-size"),
            config.GetTimeSpan("min-std-deviation"),
            config.GetTimeSpan("acceptable-heartbeat-pause"),
            config.GetTimeSpan("heartbeat-interval"),
            null,
            ev)
    {
    }

    /// <summary>With the defaults of <c>akka.remote.watch-failure-detector</c>.</summary>
    protected PhiAccrualFailureDetector(Clock clock)
        : this(10, 200, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), clock, null)
    {
    }

    private PhiAccrualFailureDetector(
        double threshold, int maxSampleSize, TimeSpan minStdDeviation, TimeSpan acceptableHeartbeatPause, TimeSpan firstHeartbeatEstimate, Clock? clock, EventStream? eventStream)
    {
        Demand(threshold > 0, "threshold", threshold, "above 0");
        Demand(maxSampleSize > 0, "max-sample-size", maxSampleSize, "above 0");
        Demand(minStdDeviation > TimeSpan.Zero, "min-std-deviation", minStdDeviation, "above 0");
        Demand(acceptableHeartbeatPause >= TimeSpan.Zero, "acceptable-heartbeat-pause", acceptableHeartbeatPause, "0 or more");
        Demand(firstHeartbeatEstimate > TimeSpan.Zero, "heartbeat-interval", firstHeartbeatEstimate, "above 0");
        _clock = clock ?? DefaultClock;
        _eventStream = eventStream;
        _threshold = threshold;
        _minStdDeviationMs = minStdDeviation.TotalMilliseconds;
        _acceptablePauseMs = acceptableHeartbeatPause.TotalMilliseconds;
        _firstEstimateMs = Math.Max(1, (long)firstHeartbeatEstimate.TotalMilliseconds);
        _history = new HeartbeatHistory(maxSampleSize);
    }

    /// <summary>Whom the log names.</summary>
    public string Address { get; set; } = "N/A";

    public override bool IsAvailable => CurrentPhi < _threshold;

    public override bool IsMonitoring
    {
        get
        {
            lock (_lock)
                return _lastHeartbeat != Never;
        }
    }

    internal double CurrentPhi
    {
        get
        {
            var now = _clock();
            lock (_lock)
                return PhiAt(now);
        }
    }

    public override void HeartBeat()
    {
        var now = _clock();
        long late = 0;
        lock (_lock)
        {
            if (_lastHeartbeat == Never)
            {
                _history.Add(_firstEstimateMs - (_firstEstimateMs / 4));
                _history.Add(_firstEstimateMs + (_firstEstimateMs / 4));
            }
            else if (PhiAt(now) < _threshold)
            {
                var interval = now - _lastHeartbeat;
                if (interval >= _acceptablePauseMs / 3 * 2)
                    late = interval;
                _history.Add(interval);
            }
            _lastHeartbeat = now;
        }
        if (late > 0)
        {
            _eventStream?.Publish(new Warning(
                null, nameof(PhiAccrualFailureDetector), GetType(), $"heartbeat of [{Address}] came after {late} ms; it is suspected at about {_acceptablePauseMs} ms"));
        }
    }

    /// <summary>How unusual a silence of <paramref name="silenceMs"/> is; never less for a longer one.</summary>
    internal static double Phi(double silenceMs, double meanMs, double stdDeviationMs)
    {
        var y = (silenceMs - meanMs) / stdDeviationMs;
        var exponent = -y * (1.5976 + (0.070566 * y * y));
        // log10(1 + e^x) for large x is x by ln 10; taking it so keeps phi finite and rising where e^x leaves the range of a double.
        return exponent < -30 ? -exponent / Math.Log(10) : Math.Log10(1 + Math.Exp(-exponent));
    }

    private static void Demand(bool holds, string key, object value, string allowed)
    {
        if (!holds)
            throw new ArgumentException($"{key} is {value}; it must be {allowed}");
    }

    private double PhiAt(long now) => _lastHeartbeat == Never
        ? 0
        : Phi(now - _lastHeartbeat, _history.Mean + _acceptablePauseMs, Math.Max(_history.StdDeviation, _minStdDeviationMs));
}
