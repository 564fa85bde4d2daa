using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Akka.Util;

/// <summary>Checks a line of a class's <c>Invariants:</c> list, always, in release builds too.</summary>
internal static class Invariant
{
    public static void Check(
        [DoesNotReturnIf(false)] bool holds,
        [CallerArgumentExpression(nameof(holds))] string expression = "",
        [CallerMemberName] string member = "")
    {
        if (!holds)
            throw new InvalidOperationException($"{member}: '{expression}' does not hold. This is a bug of the runtime.");
    }
}
