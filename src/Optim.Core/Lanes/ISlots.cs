namespace Optim.Lanes;

/// <summary>A formula's access to its slots at the current elements, for reading and writing.</summary>
/// <typeparam name="L">The lane.</typeparam>
public interface ISlots<L>
{
    /// <summary>The slot before this step.</summary>
    /// <param name="slot">The formula's slot, from 0.</param>
    L Read(int slot);

    /// <summary>Sets the slot after this step.</summary>
    /// <param name="slot">The formula's slot, from 0.</param>
    /// <param name="value">The new value.</param>
    void Write(int slot, L value);
}
