-- Of most recordings the audio is there: to count the others by state, and all by the shortest index, reads no recording itself.

create index recordings_not_available on recordings (state) where state <> 'available';
