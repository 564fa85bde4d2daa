using System.Globalization;

namespace Akka.Broker.Protocol.Generator;

/// <summary>Versions from <see cref="Low"/> to <see cref="High"/>, both included: <c>3</c>, <c>3+</c>, <c>3-5</c> in a schema.</summary>
public readonly struct VersionRange(int low, int high)
{
    public static readonly VersionRange None = new(0, -1);

    public int Low { get; } = low;

    public int High { get; } = high;

    public bool IsEmpty => High < Low;

    public bool Contains(int version) => version >= Low && version <= High;

    public bool Covers(VersionRange other) => other.IsEmpty || (Low <= other.Low && High >= other.High);

    public VersionRange Intersect(VersionRange other) => new(Math.Max(Low, other.Low), Math.Min(High, other.High));

    /// <summary>The smallest range that holds both.</summary>
    public VersionRange Hull(VersionRange other) =>
        IsEmpty ? other : other.IsEmpty ? this : new VersionRange(Math.Min(Low, other.Low), Math.Max(High, other.High));

    public static bool TryParse(string text, out VersionRange range)
    {
        range = None;
        var parts = text.EndsWith("+", StringComparison.Ordinal) ? [text.Substring(0, text.Length - 1), "32767"] : text.Split('-');
        if (parts.Length > 2 || !TryParseVersion(parts[0], out var low) || !TryParseVersion(parts[parts.Length - 1], out var high) || high < low)
            return false;
        range = new VersionRange(low, high);
        return true;
    }

    /// <summary>
    /// A condition in C# on a <c>version</c> that is known to lie in <paramref name="among"/>; null if it always holds.
    /// </summary>
    public string? Condition(VersionRange among)
    {
        if (Covers(among))
            return null;
        if (IsEmpty || Intersect(among).IsEmpty)
            return "false";
        if (Low == High)
            return $"version == {Low}";
        if (High >= among.High)
            return $"version >= {Low}";
        return Low <= among.Low ? $"version <= {High}" : $"version is >= {Low} and <= {High}";
    }

    public override string ToString() => Low == High ? Low.ToString(CultureInfo.InvariantCulture) : High == short.MaxValue ? $"{Low}+" : $"{Low}-{High}";

    private static bool TryParseVersion(string text, out int version) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out version) && version <= short.MaxValue;
}
