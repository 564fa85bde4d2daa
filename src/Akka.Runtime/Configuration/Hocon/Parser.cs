namespace Akka.Configuration.Hocon;

/// <summary>
/// Reads HOCON: text → tree of definitions (<see cref="HoconReader"/>) → values with substitutions resolved
/// (<see cref="HoconResolver"/>). Substitutions see the text with what it includes, then the environment; not the fallbacks.
/// </summary>
public class Parser
{
    /// <param name="text">A HOCON text.</param>
    /// <param name="includeCallback">Answers the name of each include; null: names are files, relative to the including one.</param>
    public static HoconRoot Parse(string text, Func<string, HoconRoot>? includeCallback)
    {
        ArgumentNullException.ThrowIfNull(text);
        var root = new HoconReader(text, new IncludeContext(includeCallback, Directory: "", File: null, Depth: 0), prefix: []).ReadRoot();
        return new HoconRoot(new HoconResolver(root).Resolve());
    }
}
