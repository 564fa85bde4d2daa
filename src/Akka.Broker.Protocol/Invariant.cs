using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Akka.Broker;

/// <summary>A state that the code's own rules exclude was reached: a bug, never bad input. The component that met it stops and recovers from its log.</summary>
public sealed class InvariantViolatedException(string message) : Exception(message);

/// <summary>Checks a line of a class's <c>Invariants:</c> list, always, in release builds too.</summary>
public static class Invariant
{
    public static void Check(
        [DoesNotReturnIf(false)] bool holds,
        [CallerArgumentExpression(nameof(holds))] string expression = "",
        [CallerMemberName] string member = "")
    {
        if (!holds)
            Fail(expression, member);
    }

    [DoesNotReturn]
    private static void Fail(string expression, string member) =>
        throw new InvariantViolatedException($"{member}: '{expression}' does not hold. This is a bug; keep the log and the data folder for its report.");
}
