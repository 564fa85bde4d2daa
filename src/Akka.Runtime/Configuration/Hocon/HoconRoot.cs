namespace Akka.Configuration.Hocon;

/// <summary>A parsed text, its substitutions resolved.</summary>
public class HoconRoot
{
    public HoconRoot(HoconValue value) => Value = value;

    public HoconValue Value { get; }
}
