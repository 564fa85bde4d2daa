using System.Diagnostics;

namespace Akka.TestKit.Internal;

/// <summary>The deadline of the innermost Within, and waiting without one. Times are real ones, also under a test scheduler.</summary>
internal sealed class TestClock(TestKitSettings settings, ITestKitAssertions assertions)
{
    private readonly long _start = Stopwatch.GetTimestamp();

    public TimeSpan Now => Stopwatch.GetElapsedTime(_start);

    /// <summary>When the innermost Within ends; null outside of one.</summary>
    public TimeSpan? End { get; set; }

    /// <summary>Whether the last thing was an expectation of silence, which is allowed to use up the time.</summary>
    public bool LastWasNoMsg { get; set; }

    public TimeSpan Remaining => (End ?? throw new InvalidOperationException("Remaining may only be called within Within")) - Now;

    public TimeSpan RemainingOrDefault => End is null ? Dilated(settings.SingleExpectDefault) : Remaining;

    public TimeSpan RemainingOr(TimeSpan duration) => End is null ? duration : Remaining;

    public TimeSpan RemainingOrDilated(TimeSpan? duration) =>
        duration is not { } asked ? RemainingOrDefault
        : asked < TimeSpan.Zero ? throw new ArgumentException($"the duration is {asked}; it must be finite and not negative")
        : Dilated(asked);

    public TimeSpan Dilated(TimeSpan duration) => duration * settings.TestTimeFactor;

    /// <summary>Opens a Within; the answer closes it again and says whether it kept its times.</summary>
    public Scope Open(TimeSpan min, TimeSpan max, string? hint, TimeSpan? epsilon)
    {
        var start = Now;
        var remaining = End is { } end ? end - start : TimeSpan.MaxValue;
        if (remaining < min)
            Fail($"Failed: Required min time {min} not possible, only {remaining} left. {hint}");
        var longest = Dilated(max) < remaining ? Dilated(max) : remaining;
        var scope = new Scope(this, start, min, longest, End, hint, epsilon ?? TimeSpan.Zero);
        End = start + longest;
        LastWasNoMsg = false;
        return scope;
    }

    private void Fail(string message) => assertions.Fail(message);

    internal sealed class Scope(TestClock clock, TimeSpan start, TimeSpan min, TimeSpan max, TimeSpan? outerEnd, string? hint, TimeSpan epsilon)
    {
        public void Leave() => clock.End = outerEnd;

        public void Check()
        {
            var took = clock.Now - start;
            if (took < min)
                clock.Fail($"Failed: Block took {took}, should have at least been {min}. {hint}");
            if (!clock.LastWasNoMsg && took > max + epsilon)
                clock.Fail($"Failed: Block took {took}, exceeding {max}. {hint}");
        }
    }
}
