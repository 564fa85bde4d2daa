using System.Diagnostics;
using System.Globalization;

namespace Akka.Broker.SdkLoad;

/// <summary>How long records took from posting to here, by the time that they begin with: of all but the first so many.</summary>
internal sealed class Latencies(long skipped, long count)
{
    private readonly long[] _ticks = new long[count];
    private long _seen;
    private int _taken;

    /// <summary>Members for the JSON line, as kload's.</summary>
    public string Json
    {
        get
        {
            Array.Sort(_ticks, 0, _taken);
            return string.Create(CultureInfo.InvariantCulture, $", \"p50_ms\": {At(0.5):0.000}, \"p99_ms\": {At(0.99):0.000}, \"p999_ms\": {At(0.999):0.000}, \"max_ms\": {At(1):0.000}");
        }
    }

    /// <summary>Returns the value's length.</summary>
    public int Add(ReadOnlyMemory<byte> value)
    {
        if (_seen++ >= skipped && _taken < _ticks.Length)
            _ticks[_taken++] = Stopwatch.GetTimestamp() - BitConverter.ToInt64(value.Span);
        return value.Length;
    }

    private double At(double share) => _taken == 0 ? 0 : _ticks[Math.Min(_taken - 1, (int)(share * _taken))] * 1e3 / Stopwatch.Frequency;
}
